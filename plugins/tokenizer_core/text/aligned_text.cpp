#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

AlignedText::AlignedText(Piece piece)
    : text_(piece.text), tracked_(piece.origins != nullptr), begins_text_(piece.begins_text) {
  if (!tracked_ || piece.text.empty()) return;
  origins_.assign(piece.origins, piece.origins + piece.text.size());
  before_ = {origins_.front().begin, origins_.front().begin};
}

Piece AlignedText::piece() const {
  return {text_, begins_text_, tracked_ ? origins_.data() : nullptr};
}

AlignedText::Rewriter::Rewriter(AlignedText& text) : text_(text) {
  out_.reserve(text.text_.size() + 16);
  if (text.tracked_) out_origins_.reserve(text.text_.size() + 16);
}

void AlignedText::Rewriter::keep(size_t bytes) {
  out_.append(text_.text_, position_, bytes);
  if (text_.tracked_) {
    const auto from = text_.origins_.begin() + static_cast<std::ptrdiff_t>(position_);
    out_origins_.insert(out_origins_.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
  }
  position_ += bytes;
}

void AlignedText::Rewriter::append(std::string_view added, ByteRange origin) {
  out_.append(added);
  if (text_.tracked_) out_origins_.insert(out_origins_.end(), added.size(), origin);
}

void AlignedText::Rewriter::replace(size_t bytes, std::string_view by) {
  append(by, text_.tracked_ ? text_.origins_[position_] : ByteRange());
  position_ += bytes;
}

void AlignedText::Rewriter::insert(std::string_view added) {
  append(added, !text_.tracked_ || position_ == 0 ? text_.before_ : text_.origins_[position_ - 1]);
}

void AlignedText::Rewriter::finish() {
  keep(text_.text_.size() - position_);
  text_.text_.swap(out_);
  text_.origins_.swap(out_origins_);
}

}  // namespace lmos::tokenizer
