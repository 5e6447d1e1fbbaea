#include "tokenizer_bpe/pretokenize/prefix.h"

#include "tokenizer_bpe/text/byte_alphabet.h"

namespace lmos::bpe {

void SpacePrefix::split(Piece piece, PieceSink& sink) const {
  if (piece.text.empty() || piece.text.front() == ' ') return sink.piece(piece);
  std::string prefixed(1, ' ');
  prefixed.append(piece.text);
  sink.piece({prefixed, piece.begins_text});
}

void MetaspaceReplacement::split(Piece piece, PieceSink& sink) const {
  std::string text;
  text.reserve(piece.text.size() + replacement_.size());
  for (const char byte : piece.text) {
    if (byte == ' ') {
      text.append(replacement_);
    } else {
      text.push_back(byte);
    }
  }
  const bool prepends =
      scheme_ == PrependScheme::kAlways || (scheme_ == PrependScheme::kFirst && piece.begins_text);
  if (prepends && !text.empty() && !text.starts_with(replacement_)) text.insert(0, replacement_);
  sink.piece({text, piece.begins_text});
}

void ByteCharacters::split(Piece piece, PieceSink& sink) const {
  std::string text;
  append_byte_characters(text, piece.text);
  sink.piece({text, piece.begins_text});
}

}  // namespace lmos::bpe
