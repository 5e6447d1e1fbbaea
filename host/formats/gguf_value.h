// One value of a GGUF file's metadata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace lmos {

// The numbers stand in files.
enum class GgufType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

// A view into a parsed file, which must outlive it. Checked when the file was parsed, so that
// reading it stays within the file.
class GgufValue {
 public:
  // `bytes`: a number's or bool's bytes, a string's text, or an array's elements as the file holds
  // them, `count` of `element_type`.
  GgufValue(GgufType type, std::span<const std::byte> bytes,
            GgufType element_type = GgufType::kUint8, uint64_t count = 0)
      : type_(type), element_type_(element_type), count_(count), bytes_(bytes) {}

  GgufType type() const { return type_; }
  bool is_array() const { return type_ == GgufType::kArray; }
  // Of an array.
  GgufType element_type() const { return element_type_; }
  uint64_t size() const { return count_; }
  // As given to the constructor.
  std::span<const std::byte> bytes() const { return bytes_; }

  // Each throws Error(kInput) "WHERE: expected …, found …" for a value of another type, or an
  // integer that does not fit. Integers of every width are integers; integers are numbers too.
  bool as_bool(std::string_view where) const;
  int64_t as_int64(std::string_view where) const;
  double as_double(std::string_view where) const;
  // Not checked to be UTF-8.
  std::string_view as_string(std::string_view where) const;
  // Arrays. Strings are views into the file.
  std::vector<std::string_view> as_strings(std::string_view where) const;
  std::vector<int64_t> as_int64s(std::string_view where) const;
  std::vector<double> as_doubles(std::string_view where) const;
  std::vector<GgufValue> elements(std::string_view where) const;

  // For people: text that is not UTF-8 is shown as an array of bytes; of an array, at most the
  // first `most_elements`.
  Json as_json(size_t most_elements) const;

 private:
  GgufType type_;
  GgufType element_type_;
  uint64_t count_;
  std::span<const std::byte> bytes_;
};

// "uint8", …
std::string_view gguf_type_name(GgufType type);
// Bytes of a number or bool; 0 for strings, arrays and unknown types.
uint64_t gguf_scalar_bytes(GgufType type);

}  // namespace lmos
