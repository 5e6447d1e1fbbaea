// Text that is rewritten while every byte keeps track of where in the original it came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/text/piece.h"

namespace lmos::tokenizer {

// A copy of a piece that may be changed. Origins are followed only where the piece has them.
class AlignedText {
 public:
  explicit AlignedText(Piece piece);

  const std::string& text() const { return text_; }
  Piece piece() const;

  // Changes the text from left to right; what it was is read through `rest`. Origins follow Hugging
  // Face tokenizers' NormalizedString, so that offsets are the same.
  class Rewriter {
   public:
    explicit Rewriter(AlignedText& text);

    // What is not consumed yet.
    std::string_view rest() const { return std::string_view(text_.text_).substr(position_); }

    // Consumes `bytes`, which go over unchanged, or not at all.
    void keep(size_t bytes);
    void drop(size_t bytes) { consume(bytes); }
    // Consumes `bytes`; `by` comes from where the first of them does.
    void replace(size_t bytes, std::string_view by);
    // Adds what comes from where the byte that was consumed last does.
    void insert(std::string_view added);
    // As drop, where NormalizedString ties what is removed to the character before it: one that was
    // inserted then comes from where the first that is dropped does, and without any the characters
    // that follow come, one by one, from where those that are dropped do.
    void absorb(size_t bytes);
    // Adds what comes from where the byte to be consumed next does; there is one.
    void prepend(std::string_view added) { replace(0, added); }
    // Keeps the rest, and gives the result to the text. Once, at the end.
    void finish();

   private:
    // `from`: the byte whose origin it has.
    void append(std::string_view added, size_t from, ByteRange origin);
    void consume(size_t bytes);

    AlignedText& text_;
    size_t position_ = 0;
    size_t origin_ = 0;    // what comes next comes from here: `position_`, or characters before it
    size_t inserted_ = 0;  // the output's size after the last insertion
    std::string out_;
    size_t out_start_bytes_ = 0;
    std::vector<ByteRange> out_origins_;
  };

 private:
  std::string text_;
  std::vector<ByteRange> origins_;  // by byte; empty where not tracked
  bool tracked_;
  size_t start_bytes_;  // as of Piece
  ByteRange before_;    // the origin of what is inserted before all
};

}  // namespace lmos::tokenizer
