// Reading numbers and pieces out of bytes that may be damaged, front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "formats/little_endian.h"

namespace lmos {

// Every read is checked against what is left: Error(kInput) "WHERE: the file ends inside WHAT, at
// byte N …". The bytes and `where` must outlive the reader.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return bytes_.size() - position_; }
  const std::string& where() const { return where_; }

  std::span<const std::byte> take(uint64_t count, std::string_view what) {
    if (count > left()) refuse_short(count, what);
    std::span<const std::byte> taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }
  template <typename Number>
  Number number(std::string_view what) {
    return read_little_endian<Number>(take(sizeof(Number), what));
  }
  std::string_view text(uint64_t count, std::string_view what) {
    std::span<const std::byte> taken = take(count, what);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  // What was read since `begin`, an earlier position().
  std::span<const std::byte> since(uint64_t begin) const {
    return bytes_.subspan(begin, position_ - begin);
  }

 private:
  [[noreturn]] void refuse_short(uint64_t count, std::string_view what) const;

  std::span<const std::byte> bytes_;
  const std::string& where_;
  uint64_t position_ = 0;
};

}  // namespace lmos
