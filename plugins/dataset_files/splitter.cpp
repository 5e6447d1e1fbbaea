#include "dataset_files/splitter.h"

#include <algorithm>

#include "llmasos/error.hpp"

namespace lmos::files {

namespace {
constexpr uint64_t kReadBytes = 1 << 20;
}

Splitter::Splitter(const std::string& path, std::string separator, std::string advice,
                   uint64_t begin, uint64_t end)
    : reader_(path, begin, end),
      separator_(std::move(separator)),
      advice_(std::move(advice)),
      offset_(begin) {}

void Splitter::read_more() {
  pending_.erase(0, first_);
  first_ = 0;
  at_end_ = !reader_.append(pending_, kReadBytes);
}

bool Splitter::next(std::string_view& piece, uint64_t& begin) {
  size_t searched = 0;  // bytes of the piece in which no separator begins
  for (;;) {
    const size_t found =
        separator_.empty() ? std::string::npos : pending_.find(separator_, first_ + searched);
    const bool ends = found != std::string::npos;
    if (ends || at_end_) {
      const size_t size = (ends ? found : pending_.size()) - first_;
      if (!ends && size == 0) return false;
      piece = std::string_view(pending_).substr(first_, size);
      begin = offset_;
      const size_t taken = size + (ends ? separator_.size() : 0);
      first_ += taken;
      offset_ += taken;
      return true;
    }
    const size_t size = pending_.size() - first_;
    if (size > kLargestPiece)
      throw sdk::invalid("`" + reader_.path() + "`: what begins at byte " +
                         std::to_string(offset_) + " is longer than " +
                         std::to_string(kLargestPiece >> 20) + " MB; " + advice_);
    searched = size - std::min(size, separator_.empty() ? 0 : separator_.size() - 1);
    read_more();
  }
}

}  // namespace lmos::files
