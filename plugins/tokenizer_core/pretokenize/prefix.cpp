#include "tokenizer_core/pretokenize/prefix.h"

#include "tokenizer_core/normalize/character_steps.h"
#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

void SpacePrefix::split(Piece piece, PieceSink& sink) const {
  if (piece.text.empty() || piece.text.front() == ' ') return sink.piece(piece);
  AlignedText text(piece);
  AlignedText::Rewriter rewriter(text);
  rewriter.prepend(" ");
  rewriter.finish();
  sink.piece(text.piece());
}

void MetaspaceReplacement::split(Piece piece, PieceSink& sink) const {
  if (piece.text.empty()) return;
  const bool prepends = scheme_ == PrependScheme::kAlways ||
                        (scheme_ == PrependScheme::kFirst && piece.begins_text());
  AlignedText text(piece);
  AlignedText::Rewriter rewriter(text);
  if (prepends && piece.text.front() != ' ' && !piece.text.starts_with(replacement_))
    rewriter.prepend(replacement_);
  for (size_t space = 0; (space = rewriter.rest().find(' ')) != std::string_view::npos;) {
    rewriter.keep(space);
    rewriter.replace(1, replacement_);
  }
  rewriter.finish();
  sink.piece(text.piece());
}

void ByteCharacters::split(Piece piece, PieceSink& sink) const {
  AlignedText text(piece);
  to_byte_characters(text);
  sink.piece(text.piece());
}

}  // namespace lmos::tokenizer
