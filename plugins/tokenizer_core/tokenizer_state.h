// The parts of a tokenizer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/added/added_tokens.h"
#include "tokenizer_core/decode/stage.h"
#include "tokenizer_core/encoding/lengths.h"
#include "tokenizer_core/model/model.h"
#include "tokenizer_core/model/workspace_pool.h"
#include "tokenizer_core/normalize/normalizer.h"
#include "tokenizer_core/postprocess/post_processor.h"
#include "tokenizer_core/pretokenize/chain.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {

struct Tokenizer::State {
  State(const JsonCursor& root, const ModelKind& kind);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::string_view token(TokenId id) const {
    return id < tokens.size() ? tokens[id] : std::string_view();
  }

  std::string json;
  bool lacks_merges;                       // the json's model, which has scores instead
  std::unique_ptr<Normalizer> normalizer;  // may be null
  PreTokenizerChain words;
  std::unique_ptr<Model> model;
  AddedTokens added;
  std::vector<DecodeStageFactory> decoder;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  // By id, of the model's and the added tokens.
  std::vector<std::string_view> tokens;
  std::vector<bool> present, is_special, takes_space;
  std::optional<PostProcessor> post_processor;  // always there once constructed
  mutable WorkspacePool workspaces;
};

}  // namespace lmos::tokenizer
