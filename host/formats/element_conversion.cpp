#include "formats/element_conversion.h"

#include <algorithm>
#include <cstring>

#include "formats/float8.h"
#include "formats/half.h"

namespace lmos {
namespace {

template <typename Element>
Element element_at(std::span<const std::byte> data, size_t index) {
  Element element;
  std::memcpy(&element, data.data() + index * sizeof(Element), sizeof(Element));
  return element;
}

template <typename Element, typename Convert>
void decode_each(std::span<const std::byte> data, std::span<float> values, Convert convert) {
  for (size_t i = 0; i < values.size(); ++i) values[i] = convert(element_at<Element>(data, i));
}

template <typename Element, typename Convert>
void encode_each(std::span<const float> values, std::vector<std::byte>& data, Convert convert) {
  data.resize(values.size() * sizeof(Element));
  for (size_t i = 0; i < values.size(); ++i) {
    const Element element = convert(values[i]);
    std::memcpy(data.data() + i * sizeof(Element), &element, sizeof(Element));
  }
}

bool writable(const TensorEncoding& encoding) {
  if (encoding.blocks) return encoding.blocks->encode != nullptr;
  return encoding.dtype == LMOS_F64 || encoding.dtype == LMOS_F32 || encoding.dtype == LMOS_BF16 ||
         encoding.dtype == LMOS_F16;
}

}  // namespace

bool ElementConverter::possible(const TensorEncoding& from, const TensorEncoding& target) {
  const bool readable = is_floating(from) && !(from.blocks && !from.blocks->decode);
  return readable && writable(target);
}

std::span<const std::byte> ElementConverter::convert(std::span<const std::byte> data,
                                                     int64_t count) {
  if (from_ == target_) return data;
  floats_.resize(static_cast<size_t>(count));
  to_floats(data);
  if (target_ == TensorEncoding{LMOS_F32, nullptr}) return std::as_bytes(std::span(floats_));
  from_floats();
  return result_;
}

void ElementConverter::to_floats(std::span<const std::byte> data) {
  if (from_.blocks) return from_.blocks->decode(data, floats_);
  switch (from_.dtype) {
    case LMOS_F64:
      return decode_each<double>(data, floats_, [](double x) { return static_cast<float>(x); });
    case LMOS_BF16:
      return decode_each<uint16_t>(data, floats_, [](uint16_t x) { return f32_from_bf16(x); });
    case LMOS_F16:
      return decode_each<uint16_t>(data, floats_, [](uint16_t x) { return f32_from_f16(x); });
    case LMOS_F8_E4M3:
      return decode_each<uint8_t>(data, floats_, f32_from_f8_e4m3);
    case LMOS_F8_E5M2:
      return decode_each<uint8_t>(data, floats_, f32_from_f8_e5m2);
    default:
      std::memcpy(floats_.data(), data.data(), data.size());
  }
}

void ElementConverter::from_floats() {
  if (target_.blocks) {
    result_.resize(floats_.size() / target_.blocks->elements * target_.blocks->bytes);
    return target_.blocks->encode(floats_, result_);
  }
  switch (target_.dtype) {
    case LMOS_F64:
      return encode_each<double>(floats_, result_, [](float x) { return double{x}; });
    case LMOS_BF16:
      return encode_each<uint16_t>(floats_, result_, [](float x) { return bf16_from_f32(x); });
    default:
      return encode_each<uint16_t>(floats_, result_, [](float x) { return f16_from_f32(x); });
  }
}

}  // namespace lmos
