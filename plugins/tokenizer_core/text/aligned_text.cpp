#include "tokenizer_core/text/aligned_text.h"

#include <algorithm>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

AlignedText::AlignedText(Piece piece)
    : text_(piece.text), tracked_(piece.origins != nullptr), start_bytes_(piece.start_bytes) {
  if (!tracked_ || piece.text.empty()) return;
  origins_.assign(piece.origins, piece.origins + piece.text.size());
  before_ = {origins_.front().begin, origins_.front().begin};
}

Piece AlignedText::piece() const {
  return {text_, start_bytes_, tracked_ ? origins_.data() : nullptr};
}

AlignedText::Rewriter::Rewriter(AlignedText& text) : text_(text) {
  out_.reserve(text.text_.size() + 16);
  if (text.tracked_) out_origins_.reserve(text.text_.size() + 16);
}

void AlignedText::Rewriter::keep(size_t bytes) {
  if (origin_ != position_) {
    while (bytes > 0) {
      const size_t character = character_bytes(text_.text_[position_]);
      replace(character, rest().substr(0, character));
      bytes -= character;
    }
    return;
  }
  if (position_ < text_.start_bytes_ && out_start_bytes_ == out_.size())
    out_start_bytes_ += std::min(bytes, text_.start_bytes_ - position_);
  out_.append(text_.text_, position_, bytes);
  if (text_.tracked_) {
    const auto from = text_.origins_.begin() + static_cast<std::ptrdiff_t>(position_);
    out_origins_.insert(out_origins_.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
  }
  consume(bytes);
}

void AlignedText::Rewriter::consume(size_t bytes) {
  if (origin_ == position_) {
    origin_ = position_ += bytes;
    return;
  }
  for (const size_t end = position_ + bytes; position_ < end;) {
    position_ += character_bytes(text_.text_[position_]);
    origin_ += character_bytes(text_.text_[origin_]);
  }
}

void AlignedText::Rewriter::absorb(size_t bytes) {
  if (out_.empty()) {
    position_ += bytes;
    return;
  }
  if (inserted_ == out_.size() && text_.tracked_) {
    size_t character = out_.size() - 1;
    while ((out_[character] & 0xc0) == 0x80) --character;  // UTF-8: not the first of a character
    std::fill(out_origins_.begin() + static_cast<std::ptrdiff_t>(character), out_origins_.end(),
              text_.origins_[origin_]);
    inserted_ = 0;
  }
  drop(bytes);
}

void AlignedText::Rewriter::append(std::string_view added, size_t from, ByteRange origin) {
  if (from < text_.start_bytes_ && out_start_bytes_ == out_.size())
    out_start_bytes_ += added.size();
  out_.append(added);
  if (text_.tracked_) out_origins_.insert(out_origins_.end(), added.size(), origin);
}

void AlignedText::Rewriter::replace(size_t bytes, std::string_view by) {
  append(by, position_, text_.tracked_ ? text_.origins_[origin_] : ByteRange());
  consume(bytes);
}

void AlignedText::Rewriter::insert(std::string_view added) {
  const size_t from = origin_ == 0 ? 0 : origin_ - 1;
  append(added, from, !text_.tracked_ || origin_ == 0 ? text_.before_ : text_.origins_[from]);
  inserted_ = out_.size();
}

void AlignedText::Rewriter::finish() {
  keep(text_.text_.size() - position_);
  text_.text_.swap(out_);
  text_.origins_.swap(out_origins_);
  text_.start_bytes_ = out_start_bytes_;
}

}  // namespace lmos::tokenizer
