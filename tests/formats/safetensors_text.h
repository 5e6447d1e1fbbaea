// Safetensors files made by hand, to test the reader apart from the writer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "formats/little_endian.h"
#include "formats/safetensors.h"

namespace lmos {

inline std::string safetensors_file(std::string_view header, std::string_view data) {
  std::string file;
  append_little_endian(uint64_t{header.size()}, file);
  return file.append(header).append(data);
}

inline SafetensorsContents parse_safetensors_text(const std::string& file) {
  return parse_safetensors(std::as_bytes(std::span(file)), "a.safetensors");
}

template <typename Number>
std::string bytes_of(std::initializer_list<Number> numbers) {
  std::string bytes;
  for (Number number : numbers) append_little_endian(number, bytes);
  return bytes;
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lmos
