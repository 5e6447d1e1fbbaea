#include "formats/gguf_metadata.h"

#include "errors/error.h"
#include "formats/little_endian.h"
#include "formats/quote.h"

namespace lmos {
namespace {

constexpr uint32_t number(GgufType type) { return static_cast<uint32_t>(type); }

}  // namespace

void GgufMetadataBuilder::append_string(std::string_view text) {
  append_little_endian(uint64_t{text.size()}, bytes_);
  bytes_ += text;
}

void GgufMetadataBuilder::begin(std::string_view key, uint32_t type) {
  if (!keys_.emplace(key).second)
    throw Error(ErrorKind::kInternal, "GGUF metadata " + quote_text(key) + " is added twice");
  append_string(key);
  append_little_endian(type, bytes_);
}

void GgufMetadataBuilder::begin_array(std::string_view key, uint32_t element_type, uint64_t count) {
  begin(key, number(GgufType::kArray));
  append_little_endian(element_type, bytes_);
  append_little_endian(count, bytes_);
}

void GgufMetadataBuilder::add_uint32(std::string_view key, uint32_t value) {
  begin(key, number(GgufType::kUint32));
  append_little_endian(value, bytes_);
}

void GgufMetadataBuilder::add_float32(std::string_view key, float value) {
  begin(key, number(GgufType::kFloat32));
  append_little_endian(value, bytes_);
}

void GgufMetadataBuilder::add_bool(std::string_view key, bool value) {
  begin(key, number(GgufType::kBool));
  append_little_endian(uint8_t{value}, bytes_);
}

void GgufMetadataBuilder::add_string(std::string_view key, std::string_view text) {
  begin(key, number(GgufType::kString));
  append_string(text);
}

void GgufMetadataBuilder::add_strings(std::string_view key, std::span<const std::string> texts) {
  begin_array(key, number(GgufType::kString), texts.size());
  for (const std::string& text : texts) append_string(text);
}

void GgufMetadataBuilder::add_int32s(std::string_view key, std::span<const int32_t> values) {
  begin_array(key, number(GgufType::kInt32), values.size());
  for (int32_t value : values) append_little_endian(value, bytes_);
}

void GgufMetadataBuilder::add_float32s(std::string_view key, std::span<const float> values) {
  begin_array(key, number(GgufType::kFloat32), values.size());
  for (float value : values) append_little_endian(value, bytes_);
}

void GgufMetadataBuilder::add_bytes(std::string_view key, std::string_view bytes) {
  begin_array(key, number(GgufType::kUint8), bytes.size());
  bytes_ += bytes;
}

void GgufMetadataBuilder::add(std::string_view key, const GgufValue& value) {
  if (value.is_array()) {
    begin_array(key, number(value.element_type()), value.size());
  } else {
    begin(key, number(value.type()));
    if (value.type() == GgufType::kString)
      append_little_endian(uint64_t{value.bytes().size()}, bytes_);
  }
  bytes_.append(reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size());
}

}  // namespace lmos
