// Building the metadata of a GGUF file that is to be written.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "formats/gguf_value.h"

namespace lmos {

// Entries are kept as the file will hold them. Adding a key twice is an Error(kInternal).
class GgufMetadataBuilder {
 public:
  void add_uint32(std::string_view key, uint32_t value);
  void add_float32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_string(std::string_view key, std::string_view text);
  void add_strings(std::string_view key, std::span<const std::string> texts);
  void add_int32s(std::string_view key, std::span<const int32_t> values);
  void add_float32s(std::string_view key, std::span<const float> values);

  // As an array of uint8.
  void add_bytes(std::string_view key, std::string_view bytes);
  // An entry of another file.
  void add(std::string_view key, const GgufValue& value);

  bool contains(std::string_view key) const { return keys_.contains(key); }
  uint64_t count() const { return keys_.size(); }
  const std::string& bytes() const { return bytes_; }

 private:
  void begin(std::string_view key, uint32_t type);
  void begin_array(std::string_view key, uint32_t element_type, uint64_t count);
  void append_string(std::string_view text);

  std::set<std::string, std::less<>> keys_;
  std::string bytes_;
};

}  // namespace lmos
