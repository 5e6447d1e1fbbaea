// Reading protocol-buffer messages, field by field
// (https://protobuf.dev/programming-guides/encoding).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

// Borrows the message. Functions throw TokenizerError, with the byte of the file, where the bytes
// are no message or a field has another type than the one asked for. No length of the file is
// believed beyond the bytes that are there.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view file) : ProtobufReader(file, 0) {}

  // Moves to the next field; false after the last. A field that was not read is skipped.
  bool next();
  // The number of the field moved to.
  uint32_t field() const { return field_; }

  // The value of the field moved to; each at most once.
  bool boolean() { return integer() != 0; }
  uint64_t integer();
  float number();
  std::string_view bytes();
  ProtobufReader message();

  [[noreturn]] void fail(std::string_view problem) const;

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

  ProtobufReader(std::string_view bytes, size_t offset) : bytes_(bytes), offset_(offset) {}
  uint64_t varint();
  std::string_view take(uint64_t count);
  void expect(WireType type) const;
  void skip();

  std::string_view bytes_;  // of the message
  size_t offset_;           // of the message in the file
  size_t position_ = 0;     // in bytes_
  uint32_t field_ = 0, type_ = kVarint;
  bool unread_ = false;  // the value of field_
};

}  // namespace lmos::tokenizer
