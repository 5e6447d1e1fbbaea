// The pieces of a part of a file between occurrences of a separator, in bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataset_files/file_reader.h"

namespace lmos::files {

// A piece is given whole, so it has to fit the memory of everything that handles it.
inline constexpr uint64_t kLargestPiece = 64 << 20;  // bytes

class Splitter {
 public:
  // `separator` empty: all is one piece. `begin`, `end`: bytes of the file. `advice`: what to do
  // about a piece that is too large.
  Splitter(const std::string& path, std::string separator, std::string advice, uint64_t begin,
           uint64_t end);

  // The next piece, valid to the next call, and where it begins in the file. False after the last.
  // Throws Error(LMOS_INVALID) for a piece above kLargestPiece.
  bool next(std::string_view& piece, uint64_t& begin);

 private:
  void read_more();

  FileReader reader_;
  std::string separator_;
  std::string advice_;
  std::string pending_;  // read and not yet given, from first_ on
  size_t first_ = 0;     // in pending_
  uint64_t offset_;      // of pending_[first_] in the file
  bool at_end_ = false;
};

}  // namespace lmos::files
