/* lmos.tokenizer/1: text to token ids and back. */
#ifndef LLMASOS_TOKENIZER_H
#define LLMASOS_TOKENIZER_H

#include "llmasos/config.h"
#include "llmasos/host.h"
#include "llmasos/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_TOKENIZER_ID "lmos.tokenizer/1"

typedef struct lmos_tokenizer lmos_tokenizer;
typedef struct lmos_token_stream lmos_token_stream;

enum {
  LMOS_ENCODE_SPECIAL = 1, /* add the special tokens of the post-processor, e.g. BOS */
  LMOS_DECODE_SKIP_SPECIAL = 2
};

/* The host's half: text to train on, read once, in order. [instance] */
typedef struct lmos_text_source lmos_text_source;
struct lmos_text_source {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  uint64_t total_bytes; /* 0 if unknown; for progress */
  /* The next piece, valid to the next call; LMOS_END after the last. */
  lmos_status (*next)(lmos_text_source* source, lmos_string* text);
};

typedef struct lmos_tokenizer_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* Fields of the `tokenizer.train` section. */
  const lmos_field* train_fields;
  uint64_t train_field_count;

  /* From a tokenizer file, or a folder that holds one. LMOS_UNSUPPORTED if the file is of another
   * kind of tokenizer. [any-thread] */
  lmos_status (*open)(const lmos_host* host, lmos_string path, lmos_tokenizer** tokenizer);
  /* Learns a vocabulary; reports progress through lmos.host.progress/1. [any-thread] */
  lmos_status (*train)(const lmos_host* host, const lmos_config* options, lmos_text_source* text,
                       lmos_tokenizer** tokenizer);
  /* Frees what open or train gave. [any-thread] */
  void (*close)(lmos_tokenizer* tokenizer);

  /* Writes the tokenizer.json. [any-thread] */
  lmos_status (*save)(const lmos_tokenizer* tokenizer, lmos_sink json);
  /* One more than the largest id. [any-thread] */
  uint32_t (*vocab_size)(const lmos_tokenizer* tokenizer);
  /* Writes int32_t ids. [any-thread] */
  lmos_status (*encode)(const lmos_tokenizer* tokenizer, lmos_string text, uint32_t flags,
                        lmos_sink ids);
  /* Writes UTF-8. Ids out of range are LMOS_INVALID. [any-thread] */
  lmos_status (*decode)(const lmos_tokenizer* tokenizer, const int32_t* ids, uint64_t count,
                        uint32_t flags, lmos_sink text);
  /* The id of a token's exact text; -1 if there is none. [any-thread] */
  int32_t (*token_to_id)(const lmos_tokenizer* tokenizer, lmos_string token);
  /* Writes the token's text as the vocabulary spells it. [any-thread] */
  lmos_status (*id_to_token)(const lmos_tokenizer* tokenizer, int32_t id, lmos_sink token);

  /* Streaming decode: push writes what has become certain, never part of a character; finish writes
   * the rest. The concatenation equals decode of all ids. The tokenizer outlives the stream.
   * [instance] */
  lmos_status (*stream_open)(const lmos_tokenizer* tokenizer, uint32_t flags,
                             lmos_token_stream** stream);
  lmos_status (*stream_push)(lmos_token_stream* stream, int32_t id, lmos_sink text);
  lmos_status (*stream_finish)(lmos_token_stream* stream, lmos_sink text);
  void (*stream_close)(lmos_token_stream* stream);
} lmos_tokenizer_interface;

#ifdef __cplusplus
}
#endif
#endif
