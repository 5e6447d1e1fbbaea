// Steps that change a piece's text: the prefixed space of ByteLevel, Metaspace, and the byte
// alphabet.
#pragma once

#include <string>

#include "tokenizer_core/pretokenize/pre_tokenizer.h"

namespace lmos::tokenizer {

// A space before each piece that does not begin with one.
class SpacePrefix : public PreTokenizer {
 public:
  void split(Piece piece, PieceSink& sink) const override;
};

enum class PrependScheme { kNever, kFirst, kAlways };

// Spaces become `replacement`, and one is put in front of pieces that do not begin with it.
class MetaspaceReplacement : public PreTokenizer {
 public:
  MetaspaceReplacement(std::string replacement, PrependScheme scheme)
      : replacement_(std::move(replacement)), scheme_(scheme) {}
  void split(Piece piece, PieceSink& sink) const override;

 private:
  std::string replacement_;
  PrependScheme scheme_;
};

// Bytes become their characters of the byte-level alphabet.
class ByteCharacters : public PreTokenizer {
 public:
  void split(Piece piece, PieceSink& sink) const override;
};

}  // namespace lmos::tokenizer
