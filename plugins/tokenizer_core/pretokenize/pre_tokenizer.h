// How text is split into words before BPE: the `pre_tokenizer` of a tokenizer file.
#pragma once

#include "tokenizer_core/text/piece.h"

namespace lmos::tokenizer {

class PieceSink {
 public:
  virtual void piece(Piece piece) = 0;

 protected:
  ~PieceSink() = default;
};

// One step. Immutable; any thread.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Hands `sink` the parts of `piece` in order; empty ones too.
  virtual void split(Piece piece, PieceSink& sink) const = 0;
};

}  // namespace lmos::tokenizer
