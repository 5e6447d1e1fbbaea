#include "runtime/values.h"

#include <cstring>
#include <string>

#include "errors/error.h"
#include "formats/half.h"

namespace lmos::runtime {
namespace {

template <class T, class Widen>
std::vector<double> widen_all(std::span<const std::byte> bytes, Widen widen) {
  std::vector<double> result(bytes.size() / sizeof(T));
  for (size_t i = 0; i < result.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    result[i] = static_cast<double>(widen(element));
  }
  return result;
}

}  // namespace

std::vector<double> to_doubles(lmos_dtype dtype, std::span<const std::byte> bytes) {
  auto same = [](auto x) { return x; };
  switch (dtype) {
    case LMOS_F64:
      return widen_all<double>(bytes, same);
    case LMOS_F32:
      return widen_all<float>(bytes, same);
    case LMOS_I64:
      return widen_all<int64_t>(bytes, same);
    case LMOS_I32:
      return widen_all<int32_t>(bytes, same);
    case LMOS_BF16:
      return widen_all<uint16_t>(bytes, [](uint16_t x) { return f32_from_bf16(x); });
    case LMOS_F16:
      return widen_all<uint16_t>(bytes, [](uint16_t x) { return f32_from_f16(x); });
    default:
      throw Error(ErrorKind::kInternal, "dtype " + std::to_string(dtype) + " has no numbers");
  }
}

}  // namespace lmos::runtime
