#include "tokenizer_core/pretokenize/stretches.h"

#include "tokenizer_core/text/unicode.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

void ScriptSplit::split(Piece piece, PieceSink& sink) const {
  constexpr size_t kNone = static_cast<size_t>(-1);
  int32_t last_script = kNoScript;
  size_t begin = kNone;
  for (size_t position = 0, next = 0; position < piece.text.size(); position = next) {
    const int32_t script = script_of(next_character(piece.text, next));
    if (script == kNoScript) continue;
    if (begin == kNone) {
      begin = position;
    } else if (script != last_script) {
      sink.piece(piece.part(begin, position));
      begin = position;
    }
    last_script = script;
  }
  if (begin != kNone) sink.piece(piece.part(begin, piece.text.size()));
}

void FixedLengthSplit::split(Piece piece, PieceSink& sink) const {
  size_t begin = 0, end = 0;
  for (uint64_t characters = 0; end < piece.text.size();) {
    end += character_bytes(piece.text[end]);
    if (++characters < characters_) continue;
    sink.piece(piece.part(begin, end));
    begin = end;
    characters = 0;
  }
  sink.piece(piece.part(begin, end));
}

}  // namespace lmos::tokenizer
