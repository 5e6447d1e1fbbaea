// The parts of a tokenizer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_bpe/added/added_tokens.h"
#include "tokenizer_bpe/decode/stage.h"
#include "tokenizer_bpe/model/bpe_model.h"
#include "tokenizer_bpe/model/workspace_pool.h"
#include "tokenizer_bpe/normalize/normalizer.h"
#include "tokenizer_bpe/postprocess/post_processor.h"
#include "tokenizer_bpe/pretokenize/chain.h"
#include "tokenizer_bpe/tokenizer.h"

namespace lmos::bpe {

struct Tokenizer::State {
  explicit State(const JsonCursor& root);

  std::string json;
  std::unique_ptr<Normalizer> normalizer;  // may be null
  PreTokenizerChain words;
  BpeModel model;
  AddedTokens added;
  PostProcessor special;
  std::vector<DecodeStageFactory> decoder;
  // By id, of the model's and the added tokens.
  std::vector<std::string_view> tokens;
  std::vector<bool> present, is_special;
  mutable WorkspacePool workspaces;
};

}  // namespace lmos::bpe
