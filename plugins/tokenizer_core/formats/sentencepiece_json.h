// SentencePiece models as tokenizer.json.
//
// The standard members describe the model as closely as Hugging Face tokenizers can follow it, for
// other programs. What they can't say stands in members named `sentencepiece`, which those programs
// ignore and this one goes by, so that a text's ids are SentencePiece's own:
// - of the normalizer: what SentencePieceNormalizer reads;
// - of the model: the pieces' types, as read_piece_types reads them (and for BPE, in a member
//   `scores` of the model, the order of merges, as read_scored_merges reads it);
// - of the decoder: what SentencePieceStage reads;
// - of an added token: true; it is not looked for in text.
#pragma once

#include <string>

#include "tokenizer_core/formats/sentencepiece_model.h"

namespace lmos::tokenizer {

// Which special tokens encoding puts around a text.
struct BoundaryTokens {
  bool bos = false, eos = false;
};

// Throws TokenizerError for word models, and where `boundary` asks for a token that the model
// lacks.
std::string sentencepiece_to_json(const SentencePieceModel& model, BoundaryTokens boundary);

}  // namespace lmos::tokenizer
