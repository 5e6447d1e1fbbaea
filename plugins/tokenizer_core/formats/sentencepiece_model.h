// What a SentencePiece .model file says
// (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/piece_type.h"

namespace lmos::tokenizer {

struct SentencePiece {
  std::string text;  // valid UTF-8, not empty
  float score = 0;   // finite
  PieceType type = PieceType::kNormal;
};

struct SentencePieceNormalization {
  std::string charsmap;  // compiled; empty: the identity
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
};

struct SentencePieceModel {
  enum class Kind { kUnigram = 1, kBpe = 2, kWord = 3, kCharacter = 4 };

  Kind kind = Kind::kUnigram;
  // By id. No two have the same text; one is of type kUnknown; where byte_fallback, each of
  // "<0x00>" to "<0xFF>" is there and of type kByte.
  std::vector<SentencePiece> pieces;
  size_t unknown = 0;  // the index of that piece
  bool byte_fallback = false;
  bool space_is_suffix = false;  // words end in their space instead of beginning with it
  std::string unknown_surface = " \xE2\x81\x87 ";  // what decoding makes of the unknown piece
  std::string bos = "<s>", eos = "</s>", pad = "<pad>";

  SentencePieceNormalization normalization;    // of text before it is encoded
  SentencePieceNormalization denormalization;  // of decoded text; only where it has a charsmap
};

// Throws TokenizerError, saying where, for bytes that are no such model or break what is promised
// above.
SentencePieceModel read_sentencepiece_model(std::string_view file);

}  // namespace lmos::tokenizer
