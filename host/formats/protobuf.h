// Encoding protocol-buffer messages, field by field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos {

class ProtobufMessage {
 public:
  void add_int64(uint32_t field, int64_t value);
  void add_double(uint32_t field, double value);
  void add_float(uint32_t field, float value);
  // Also for a nested message: its bytes().
  void add_bytes(uint32_t field, std::string_view value);

  const std::string& bytes() const { return bytes_; }

 private:
  void add_varint(uint64_t value);
  void add_tag(uint32_t field, uint32_t wire_type);

  std::string bytes_;
};

}  // namespace lmos
