// The types of a SentencePiece model's pieces, and how a tokenizer.json says them.
#pragma once

#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// The values are those of a .model file.
enum class PieceType {
  kNormal = 1,
  kUnknown = 2,      // stands for what is no piece
  kControl = 3,      // never found in text, and decoded to nothing
  kUserDefined = 4,  // found in text before anything else
  kUnused = 5,       // never the result
  kByte = 6,         // stands for one byte of what is no piece
};

// By id, up to the vocabulary's largest. `json`: {"control": [ids], "user_defined": [ids],
// "unused": [ids]}, the member `sentencepiece` of a model; each list may be missing. Where
// `byte_fallback`, the pieces named "<0x00>" to "<0xFF>" are bytes.
std::vector<PieceType> read_piece_types(const JsonCursor& json, const Vocabulary& vocabulary,
                                        TokenId unknown, bool byte_fallback);

}  // namespace lmos::tokenizer
