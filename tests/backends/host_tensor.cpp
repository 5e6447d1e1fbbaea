#include "backends/host_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "formats/float8.h"
#include "formats/half.h"

namespace lmos::test {
namespace {

uint16_t to_bf16(double value) {
  // The test's values are floats already or of few digits: rounding twice is not an issue.
  float single = static_cast<float>(value);
  uint32_t bits = std::bit_cast<uint32_t>(single);
  if (std::isnan(single)) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

double from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

template <class T>
void store(HostTensor& tensor, size_t i, T value) {
  std::memcpy(tensor.bytes.data() + i * sizeof(T), &value, sizeof(T));
}

template <class T>
T load(const HostTensor& tensor, size_t i) {
  T value;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

}  // namespace

HostTensor make_tensor(graph::TensorType type, const std::vector<double>& values) {
  if (static_cast<int64_t>(values.size()) != type.elements()) {
    throw std::logic_error("make_tensor: " + std::to_string(values.size()) + " values for " +
                           graph::to_string(type));
  }
  HostTensor tensor{type, std::vector<std::byte>(type.bytes())};
  for (size_t i = 0; i < values.size(); ++i) {
    switch (type.dtype) {
      case LMOS_F64:
        store(tensor, i, values[i]);
        break;
      case LMOS_F32:
        store(tensor, i, static_cast<float>(values[i]));
        break;
      case LMOS_BF16:
        store(tensor, i, to_bf16(values[i]));
        break;
      case LMOS_F16:
        store(tensor, i, f16_from_f32(static_cast<float>(values[i])));
        break;
      case LMOS_I64:
        store(tensor, i, static_cast<int64_t>(values[i]));
        break;
      case LMOS_I32:
        store(tensor, i, static_cast<int32_t>(values[i]));
        break;
      case LMOS_I8:
        store(tensor, i, static_cast<int8_t>(values[i]));
        break;
      case LMOS_U8:
        store(tensor, i, static_cast<uint8_t>(values[i]));
        break;
      case LMOS_F8_E4M3:
        store(tensor, i, f8_e4m3_from_f32(static_cast<float>(values[i])));
        break;
      default:
        throw std::logic_error("make_tensor: dtype");
    }
  }
  return tensor;
}

std::vector<double> values_of(const HostTensor& tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.type.elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    switch (tensor.type.dtype) {
      case LMOS_F64:
        values[i] = load<double>(tensor, i);
        break;
      case LMOS_F32:
        values[i] = load<float>(tensor, i);
        break;
      case LMOS_BF16:
        values[i] = from_bf16(load<uint16_t>(tensor, i));
        break;
      case LMOS_F16:
        values[i] = f32_from_f16(load<uint16_t>(tensor, i));
        break;
      case LMOS_I64:
        values[i] = static_cast<double>(load<int64_t>(tensor, i));
        break;
      case LMOS_I32:
        values[i] = load<int32_t>(tensor, i);
        break;
      case LMOS_I8:
        values[i] = load<int8_t>(tensor, i);
        break;
      case LMOS_U8:
        values[i] = load<uint8_t>(tensor, i);
        break;
      case LMOS_F8_E4M3:
        values[i] = f32_from_f8_e4m3(load<uint8_t>(tensor, i));
        break;
      default:
        throw std::logic_error("values_of: dtype");
    }
  }
  return values;
}

}  // namespace lmos::test
