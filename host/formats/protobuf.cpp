#include "formats/protobuf.h"

#include "formats/little_endian.h"

namespace lmos {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

}  // namespace

void ProtobufMessage::add_varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::add_tag(uint32_t field, uint32_t wire_type) {
  add_varint(uint64_t{field} << 3 | wire_type);
}

void ProtobufMessage::add_int64(uint32_t field, int64_t value) {
  add_tag(field, kVarint);
  add_varint(static_cast<uint64_t>(value));
}

void ProtobufMessage::add_double(uint32_t field, double value) {
  add_tag(field, kFixed64);
  append_little_endian(value, bytes_);
}

void ProtobufMessage::add_float(uint32_t field, float value) {
  add_tag(field, kFixed32);
  append_little_endian(value, bytes_);
}

void ProtobufMessage::add_bytes(uint32_t field, std::string_view value) {
  add_tag(field, kLengthDelimited);
  add_varint(value.size());
  bytes_ += value;
}

}  // namespace lmos
