// What tells one kind of tokenizer from another: how a word becomes tokens. BPE, WordPiece and
// Unigram implement it; all else in a tokenizer.json is shared.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/token_id.h"
#include "tokenizer_core/model/vocabulary.h"
#include "tokenizer_core/text/byte_range.h"

namespace lmos::tokenizer {

// What a model writes to while it encodes, and keeps between words, such as a cache. One thread at
// a time.
class ModelWorkspace {
 public:
  virtual ~ModelWorkspace() = default;
};

// Immutable; any thread.
class Model {
 public:
  virtual ~Model() = default;

  virtual std::unique_ptr<ModelWorkspace> make_workspace() const = 0;

  // Appends the ids of `word`, which is not empty, and, unless `ranges` is null, the bytes of the
  // word that each stands for. `workspace` is one of make_workspace.
  virtual void encode(std::string_view word, ModelWorkspace& workspace, std::vector<TokenId>& ids,
                      std::vector<ByteRange>* ranges) const = 0;

  virtual const Vocabulary& vocabulary() const = 0;
};

// A kind of model, as its plugin offers it.
struct ModelKind {
  // Whether `model`, the object of that name in a tokenizer.json, is of this kind.
  bool (*reads)(const JsonCursor& model);
  // Throws TokenizerError. `byte_characters`: words will come as plain bytes, to be read in the
  // byte-level alphabet; only where `takes_bytes`. Otherwise words are valid UTF-8.
  std::unique_ptr<Model> (*make)(const JsonCursor& model, bool byte_characters);
  bool takes_bytes = false;
};

}  // namespace lmos::tokenizer
