// Unigram language models over pieces (Kudo 2018): the `model` of a tokenizer file.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/model.h"
#include "tokenizer_core/model/vocabulary.h"
#include "tokenizer_unigram/model/piece_trie.h"

namespace lmos::tokenizer {

struct UnigramWorkspace;

// Segments as Hugging Face tokenizers do, to the last bit of the sums; with the member
// `sentencepiece` (tokenizer_core/model/piece_type.h) as SentencePiece does.
class UnigramModel final : public Model {
 public:
  static const ModelKind kKind;

  explicit UnigramModel(const JsonCursor& json);

  std::unique_ptr<ModelWorkspace> make_workspace() const override;
  void encode(std::string_view word, ModelWorkspace& workspace, std::vector<TokenId>& ids,
              std::vector<ByteRange>* ranges) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  class Emitter;

  UnigramModel(const JsonCursor& json, std::vector<double> scores);
  bool has_bytes(std::string_view text) const;
  void encode_words(std::string_view text, UnigramWorkspace& workspace, Emitter& emitter) const;

  Vocabulary vocabulary_;
  std::unique_ptr<const PieceTrie> pieces_;
  bool sentencepiece_;
  bool words_apart_ = false;    // U+2581 begins pieces and is nowhere else in them
  std::vector<double> scores_;  // of pieces by id, where words are apart
  TokenId unknown_;
  double unknown_score_;
  bool byte_fallback_;
  std::array<TokenId, 256> bytes_;  // kNoToken where the vocabulary lacks one
};

}  // namespace lmos::tokenizer
