#include "tokenizer_core/formats/protobuf_reader.h"

#include <bit>

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {

void ProtobufReader::fail(std::string_view problem) const {
  throw TokenizerError("at byte " + std::to_string(offset_ + position_) + ": " +
                       std::string(problem));
}

uint64_t ProtobufReader::varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (position_ == bytes_.size()) fail("the message ends inside a number");
    const auto byte = static_cast<uint8_t>(bytes_[position_++]);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number has more than ten bytes");
}

std::string_view ProtobufReader::take(uint64_t count) {
  if (count > bytes_.size() - position_) {
    fail("a field of " + std::to_string(count) + " bytes is longer than the " +
         std::to_string(bytes_.size() - position_) + " bytes left");
  }
  const std::string_view taken = bytes_.substr(position_, count);
  position_ += count;
  return taken;
}

bool ProtobufReader::next() {
  if (unread_) skip();
  if (position_ == bytes_.size()) return false;
  const uint64_t tag = varint();
  type_ = static_cast<uint32_t>(tag & 7);
  if (tag >> 3 == 0 || tag >> 3 >= 1u << 29) fail("a field has a number out of range");
  if (type_ != kVarint && type_ != kFixed64 && type_ != kLength && type_ != kFixed32)
    fail("a field has the wire type " + std::to_string(type_) + ", which is not supported");
  field_ = static_cast<uint32_t>(tag >> 3);
  unread_ = true;
  return true;
}

void ProtobufReader::skip() {
  unread_ = false;
  switch (type_) {
    case kVarint:
      varint();
      break;
    case kFixed64:
      take(8);
      break;
    case kLength:
      take(varint());
      break;
    case kFixed32:
      take(4);
      break;
  }
}

void ProtobufReader::expect(WireType type) const {
  if (type_ != type) {
    fail("field " + std::to_string(field_) + " has the wire type " + std::to_string(type_) +
         " instead of " + std::to_string(type));
  }
}

uint64_t ProtobufReader::integer() {
  expect(kVarint);
  unread_ = false;
  return varint();
}

float ProtobufReader::number() {
  expect(kFixed32);
  unread_ = false;
  uint32_t bits = 0;
  const std::string_view little_endian = take(4);
  for (size_t i = 0; i < 4; ++i)
    bits |= static_cast<uint32_t>(static_cast<uint8_t>(little_endian[i])) << (8 * i);
  return std::bit_cast<float>(bits);
}

std::string_view ProtobufReader::bytes() {
  expect(kLength);
  unread_ = false;
  return take(varint());
}

ProtobufReader ProtobufReader::message() {
  const std::string_view nested = bytes();
  return {nested, offset_ + position_ - nested.size()};
}

}  // namespace lmos::tokenizer
