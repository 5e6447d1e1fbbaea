#include "tokenizer_core/pretokenize/split.h"

namespace lmos::tokenizer {
namespace {

// Puts the alternating matches and gaps of one piece together as the behaviour says.
class Assembler {
 public:
  Assembler(Piece piece, DelimiterBehavior behavior, PieceSink& sink)
      : piece_(piece), behavior_(behavior), sink_(sink) {}

  void add(size_t begin, size_t end, bool is_delimiter) {
    switch (behavior_) {
      case DelimiterBehavior::kRemoved:
        if (!is_delimiter) emit(begin, end);
        break;
      case DelimiterBehavior::kIsolated:
        emit(begin, end);
        break;
      case DelimiterBehavior::kContiguous:
        join_if(is_delimiter == open_ends_in_delimiter_, begin, end);
        break;
      case DelimiterBehavior::kMergedWithPrevious:
        join_if(is_delimiter && !open_ends_in_delimiter_, begin, end);
        break;
      case DelimiterBehavior::kMergedWithNext:
        join_if(!is_delimiter && open_ends_in_delimiter_, begin, end);
        break;
    }
    open_ends_in_delimiter_ = is_delimiter;
  }

  void finish() {
    if (has_open_) emit(open_begin_, open_end_);
  }

 private:
  void join_if(bool joins, size_t begin, size_t end) {
    if (has_open_ && joins) {
      open_end_ = end;
      return;
    }
    finish();
    has_open_ = true;
    open_begin_ = begin;
    open_end_ = end;
  }

  void emit(size_t begin, size_t end) { sink_.piece(piece_.part(begin, end)); }

  Piece piece_;
  DelimiterBehavior behavior_;
  PieceSink& sink_;
  bool has_open_ = false;
  bool open_ends_in_delimiter_ = false;
  size_t open_begin_ = 0, open_end_ = 0;
};

}  // namespace

void Split::split(Piece piece, PieceSink& sink) const {
  Assembler assembler(piece, behavior_, sink);
  size_t end = 0;
  pattern_.for_each_match(piece.text, [&](Match match) {
    if (match.begin != end) assembler.add(end, match.begin, invert_);
    assembler.add(match.begin, match.end, !invert_);
    end = match.end;
  });
  if (end != piece.text.size()) assembler.add(end, piece.text.size(), invert_);
  assembler.finish();
}

}  // namespace lmos::tokenizer
