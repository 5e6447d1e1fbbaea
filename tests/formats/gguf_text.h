// GGUF files made by hand, to test the reader apart from the writer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "formats/little_endian.h"

namespace lmos {

inline std::string gguf_string(std::string_view text) {
  std::string out;
  append_little_endian(uint64_t{text.size()}, out);
  return out.append(text);
}

template <typename... Numbers>
std::string gguf_numbers(Numbers... numbers) {
  std::string out;
  (append_little_endian(numbers, out), ...);
  return out;
}

// A metadata entry: key, type and the value's bytes.
inline std::string gguf_entry(std::string_view key, GgufType type, const std::string& value) {
  return gguf_string(key) + gguf_numbers(static_cast<uint32_t>(type)) + value;
}

inline std::string gguf_array(GgufType element, uint64_t count, const std::string& elements) {
  return gguf_numbers(static_cast<uint32_t>(element), count) + elements;
}

// What a file says of a tensor; `dimensions` in the file's order, the innermost first.
inline std::string gguf_tensor(std::string_view name, const std::vector<uint64_t>& dimensions,
                               uint32_t type, uint64_t offset) {
  std::string out = gguf_string(name) + gguf_numbers(static_cast<uint32_t>(dimensions.size()));
  for (uint64_t dimension : dimensions) append_little_endian(dimension, out);
  return out + gguf_numbers(type, offset);
}

struct GgufParts {
  std::vector<std::string> entries = {};
  std::vector<std::string> tensors = {};
  std::string data = {};
  uint32_t version = 3;
  uint64_t alignment = 32;
};

inline std::string gguf_file(const GgufParts& parts) {
  std::string file = "GGUF" + gguf_numbers(parts.version, uint64_t{parts.tensors.size()},
                                           uint64_t{parts.entries.size()});
  for (const std::string& entry : parts.entries) file += entry;
  for (const std::string& tensor : parts.tensors) file += tensor;
  if (parts.data.empty()) return file;
  file.append((parts.alignment - file.size() % parts.alignment) % parts.alignment, '\0');
  return file + parts.data;
}

inline GgufContents parse_gguf_text(const std::string& file) {
  return parse_gguf(std::as_bytes(std::span(file)), "a.gguf");
}

}  // namespace lmos
