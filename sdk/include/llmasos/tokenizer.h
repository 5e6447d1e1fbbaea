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
  LMOS_DECODE_SKIP_SPECIAL = 2,
  LMOS_ENCODE_OVERFLOW = 4 /* also what truncation cuts off, as further encodings */
};

/* Bytes or code points [begin, end) of the text that a token came from. */
typedef struct lmos_text_range {
  uint64_t begin;
  uint64_t end;
} lmos_text_range;

/* Which text is shortened where two together are too long. */
enum {
  LMOS_TRUNCATE_LONGEST_FIRST = 0, /* the longer one, then both */
  LMOS_TRUNCATE_ONLY_FIRST = 1,
  LMOS_TRUNCATE_ONLY_SECOND = 2
};

enum { LMOS_SIDE_RIGHT = 0, LMOS_SIDE_LEFT = 1 };

typedef struct lmos_encode_options {
  uint32_t struct_size;
  uint32_t flags;      /* LMOS_ENCODE_... */
  uint64_t max_length; /* tokens of an encoding, special ones included; 0: no limit */
  /* Tokens that neighbouring encodings of one text share. Less than what max_length leaves beside
   * the special tokens. */
  uint64_t stride;
  int32_t strategy;        /* LMOS_TRUNCATE_... */
  int32_t truncation_side; /* LMOS_SIDE_...: where text is cut off */
} lmos_encode_options;

/* A sequence of tokens as a model reads it. Arrays have `count` elements; they are the plugin's,
 * valid during the call that passes them. */
typedef struct lmos_encoding {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t count;
  const int32_t* ids;
  const int32_t* type_ids; /* token types: mostly 0 in the first text, 1 in the second */
  const int32_t* texts;    /* 0: of the first text, 1: of the second, -1: of neither */
  const int32_t* words;    /* index of the word in its text; -1: of none */
  const uint8_t* special;  /* 1: put there by the post-processor */
  const lmos_text_range* byte_offsets;      /* in the token's text; {0, 0} for special tokens */
  const lmos_text_range* character_offsets; /* the same in code points */
} lmos_encoding;

/* Receives encodings one by one. A status other than LMOS_OK must be passed on by the callee. */
typedef struct lmos_encoding_sink {
  void* context;
  lmos_status (*take)(void* context, const lmos_encoding* encoding);
} lmos_encoding_sink;

/* How the tokenizer's file says that encodings are to be cut and filled up. Its plugin truncates;
 * filling up is the host's, which knows the batch. */
typedef struct lmos_length_settings {
  uint32_t struct_size;
  int32_t pads; /* 0: the file asks for no padding; what follows is its best guess */
  uint64_t
      max_length; /* these four as in lmos_encode_options; 0: the file asks for no truncation */
  uint64_t stride;
  int32_t strategy;
  int32_t truncation_side;
  int32_t padding_side; /* LMOS_SIDE_... */
  int32_t pad_id;       /* -1: no token is known to be for padding */
  int32_t pad_type_id;
  uint32_t reserved;
  uint64_t pad_length;   /* tokens; 0: as long as the longest encoding of the batch */
  uint64_t pad_multiple; /* lengths are rounded up to a multiple of it; 0: they are not */
} lmos_length_settings;

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

  /* From a file of any format that the plugin reads, or a folder that holds one. LMOS_UNSUPPORTED
   * if the file is of another kind of tokenizer. [any-thread] */
  lmos_status (*open)(const lmos_host* host, lmos_string path, lmos_tokenizer** tokenizer);
  /* The same from the text of a tokenizer.json. [any-thread] */
  lmos_status (*open_json)(const lmos_host* host, lmos_string json, lmos_tokenizer** tokenizer);
  /* Learns a vocabulary; reports progress through lmos.host.progress/1. [any-thread] */
  lmos_status (*train)(const lmos_host* host, const lmos_config* options, lmos_text_source* text,
                       lmos_tokenizer** tokenizer);
  /* Frees what open, open_json or train gave. [any-thread] */
  void (*close)(lmos_tokenizer* tokenizer);

  /* Writes the tokenizer.json, whatever format the tokenizer was read from. [any-thread] */
  lmos_status (*save)(const lmos_tokenizer* tokenizer, lmos_sink json);
  /* One more than the largest id. [any-thread] */
  uint32_t (*vocab_size)(const lmos_tokenizer* tokenizer);
  /* Writes int32_t ids, all that the text has. [any-thread] */
  lmos_status (*encode)(const lmos_tokenizer* tokenizer, lmos_string text, uint32_t flags,
                        lmos_sink ids);
  /* One text, or a pair of texts with `second` not NULL. The sink takes one encoding; with
   * LMOS_ENCODE_OVERFLOW more where text is longer than options->max_length allows: they cover it
   * all, each part of one text with each of the other. LMOS_INVALID where truncation can't reach
   * max_length, or both texts are cut into too many parts. [any-thread] */
  lmos_status (*encode_texts)(const lmos_tokenizer* tokenizer, lmos_string first,
                              const lmos_string* second, const lmos_encode_options* options,
                              lmos_encoding_sink encodings);
  /* `settings` has its struct_size set and is filled. [any-thread] */
  lmos_status (*length_settings)(const lmos_tokenizer* tokenizer, lmos_length_settings* settings);
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
