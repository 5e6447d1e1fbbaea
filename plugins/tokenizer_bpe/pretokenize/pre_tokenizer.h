// How text is split into words before BPE: the `pre_tokenizer` of a tokenizer file.
#pragma once

#include <memory>
#include <string_view>

#include "tokenizer_bpe/json/cursor.h"

namespace lmos::bpe {

// A part of the text on its way to the model. `text` is valid UTF-8 and lives for the call it is
// passed to.
struct Piece {
  std::string_view text;
  bool begins_text;  // nothing of the original text stands before it
};

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

}  // namespace lmos::bpe
