#include "formats/convert/target_encoding.h"

namespace lmos {
namespace {

constexpr TensorEncoding kF32{LMOS_F32, nullptr};
constexpr TensorEncoding kF16{LMOS_F16, nullptr};

}  // namespace

TensorEncoding dense_target(const TensorEncoding& stored,
                            const std::optional<TensorEncoding>& wanted) {
  if (!is_floating(stored)) return stored;
  if (wanted) return *wanted;
  return stored.blocks ? kF32 : stored;
}

TensorEncoding gguf_target(const TensorEncoding& stored,
                           const std::optional<TensorEncoding>& wanted, std::string_view name,
                           std::span<const int64_t> shape) {
  if (!is_floating(stored)) return stored;
  if (shape.size() < 2 || name == "position_embd.weight" || name == "token_types.weight")
    return kF32;
  TensorEncoding target = wanted.value_or(stored);
  if (target.blocks) return shape.back() % target.blocks->elements == 0 ? target : kF16;
  if (target.dtype == LMOS_F64) return kF32;
  if (target.dtype == LMOS_F8_E4M3 || target.dtype == LMOS_F8_E5M2) return kF16;
  return target;
}

}  // namespace lmos
