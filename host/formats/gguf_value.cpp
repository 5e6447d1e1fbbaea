#include "formats/gguf_value.h"

#include <algorithm>
#include <limits>

#include "errors/error.h"
#include "formats/little_endian.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

struct TypeRow {
  std::string_view name;
  uint64_t scalar_bytes;
};

constexpr TypeRow kTypes[] = {{"uint8", 1},  {"int8", 1},  {"uint16", 2},  {"int16", 2},
                              {"uint32", 4}, {"int32", 4}, {"float32", 4}, {"bool", 1},
                              {"string", 0}, {"array", 0}, {"uint64", 8},  {"int64", 8},
                              {"float64", 8}};

const TypeRow* row_of(GgufType type) {
  const auto index = static_cast<size_t>(type);
  return index < std::size(kTypes) ? &kTypes[index] : nullptr;
}

[[noreturn]] void expected(std::string_view what, const GgufValue& found, std::string_view where) {
  std::string text(gguf_type_name(found.type()));
  if (found.is_array()) text += " of " + std::string(gguf_type_name(found.element_type()));
  throw Error(ErrorKind::kInput,
              std::string(where) + ": expected " + std::string(what) + ", found " + text);
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Takes the next element of an array off `bytes`, which were checked when the file was parsed.
GgufValue take_element(GgufType type, std::span<const std::byte>& bytes) {
  const auto take = [&](uint64_t count) {
    std::span<const std::byte> taken = bytes.first(count);
    bytes = bytes.subspan(count);
    return taken;
  };
  if (const uint64_t scalar = gguf_scalar_bytes(type)) return {type, take(scalar)};
  if (type == GgufType::kString)
    return {type, take(read_little_endian<uint64_t>(take(sizeof(uint64_t))))};
  const auto inner = static_cast<GgufType>(read_little_endian<uint32_t>(take(sizeof(uint32_t))));
  const uint64_t count = read_little_endian<uint64_t>(take(sizeof(uint64_t)));
  if (const uint64_t scalar = gguf_scalar_bytes(inner))
    return {type, take(count * scalar), inner, count};
  std::span<const std::byte> rest = bytes;
  for (uint64_t i = 0; i < count; ++i) take_element(inner, rest);
  return {type, take(bytes.size() - rest.size()), inner, count};
}

}  // namespace

std::string_view gguf_type_name(GgufType type) {
  const TypeRow* row = row_of(type);
  return row ? row->name : "an unknown type";
}

uint64_t gguf_scalar_bytes(GgufType type) {
  const TypeRow* row = row_of(type);
  return row ? row->scalar_bytes : 0;
}

bool GgufValue::as_bool(std::string_view where) const {
  if (type_ != GgufType::kBool) expected("a bool", *this, where);
  return bytes_[0] != std::byte{0};
}

int64_t GgufValue::as_int64(std::string_view where) const {
  switch (type_) {
    case GgufType::kUint8:
      return read_little_endian<uint8_t>(bytes_);
    case GgufType::kInt8:
      return read_little_endian<int8_t>(bytes_);
    case GgufType::kUint16:
      return read_little_endian<uint16_t>(bytes_);
    case GgufType::kInt16:
      return read_little_endian<int16_t>(bytes_);
    case GgufType::kUint32:
      return read_little_endian<uint32_t>(bytes_);
    case GgufType::kInt32:
      return read_little_endian<int32_t>(bytes_);
    case GgufType::kInt64:
      return read_little_endian<int64_t>(bytes_);
    case GgufType::kUint64: {
      const auto value = read_little_endian<uint64_t>(bytes_);
      if (std::in_range<int64_t>(value)) return static_cast<int64_t>(value);
      throw Error(ErrorKind::kInput,
                  std::string(where) + ": " + std::to_string(value) + " is too large");
    }
    default:
      expected("an integer", *this, where);
  }
}

double GgufValue::as_double(std::string_view where) const {
  if (type_ == GgufType::kFloat32) return read_little_endian<float>(bytes_);
  if (type_ == GgufType::kFloat64) return read_little_endian<double>(bytes_);
  if (gguf_scalar_bytes(type_) == 0 || type_ == GgufType::kBool) expected("a number", *this, where);
  return static_cast<double>(as_int64(where));
}

std::string_view GgufValue::as_string(std::string_view where) const {
  if (type_ != GgufType::kString) expected("a string", *this, where);
  return as_text(bytes_);
}

std::vector<GgufValue> GgufValue::elements(std::string_view where) const {
  if (!is_array()) expected("an array", *this, where);
  std::vector<GgufValue> values;
  values.reserve(count_);
  std::span<const std::byte> rest = bytes_;
  for (uint64_t i = 0; i < count_; ++i) values.push_back(take_element(element_type_, rest));
  return values;
}

std::vector<std::string_view> GgufValue::as_strings(std::string_view where) const {
  if (!is_array() || element_type_ != GgufType::kString)
    expected("an array of strings", *this, where);
  std::vector<std::string_view> texts;
  texts.reserve(count_);
  std::span<const std::byte> rest = bytes_;
  for (uint64_t i = 0; i < count_; ++i)
    texts.push_back(take_element(element_type_, rest).as_string(where));
  return texts;
}

std::vector<int64_t> GgufValue::as_int64s(std::string_view where) const {
  std::vector<int64_t> numbers;
  for (const GgufValue& element : elements(where)) numbers.push_back(element.as_int64(where));
  return numbers;
}

std::vector<double> GgufValue::as_doubles(std::string_view where) const {
  std::vector<double> numbers;
  for (const GgufValue& element : elements(where)) numbers.push_back(element.as_double(where));
  return numbers;
}

Json GgufValue::as_json(size_t most_elements) const {
  switch (type_) {
    case GgufType::kBool:
      return as_bool("");
    case GgufType::kUint64:
      return read_little_endian<uint64_t>(bytes_);
    case GgufType::kFloat32:
    case GgufType::kFloat64: {
      // JSON knows no NaN and no infinity.
      const double number = as_double("");
      return number - number == 0 ? Json(number) : Json(std::to_string(number));
    }
    case GgufType::kString:
      if (is_utf8(as_text(bytes_))) return as_text(bytes_);
      return GgufValue(GgufType::kArray, bytes_, GgufType::kUint8, bytes_.size())
          .as_json(most_elements);
    case GgufType::kArray: {
      Json::Array array;
      std::span<const std::byte> rest = bytes_;
      for (uint64_t i = 0; i < std::min<uint64_t>(count_, most_elements); ++i)
        array.push_back(take_element(element_type_, rest).as_json(most_elements));
      return array;
    }
    default:
      return as_int64("");
  }
}

}  // namespace lmos
