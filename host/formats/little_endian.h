// Numbers as files hold them: little-endian, which is the order in memory of every machine that
// LLMasOS runs on.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace lmos {

static_assert(std::endian::native == std::endian::little);

template <typename Number>
requires std::integral<Number> || std::floating_point<Number>
void append_little_endian(Number value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The first bytes of `data`, which holds at least those of a Number, at any alignment.
template <typename Number>
requires std::integral<Number> || std::floating_point<Number> Number
read_little_endian(std::span<const std::byte> data) {
  Number value;
  std::memcpy(&value, data.data(), sizeof value);
  return value;
}

}  // namespace lmos
