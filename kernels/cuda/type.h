// The element types of kernels.
#pragma once

#include <cstdint>

namespace lmos::cuda {

enum class Type : int32_t { f64, f32, bf16, i64, i32 };

constexpr int64_t bytes_of(Type type) {
  return type == Type::f64 || type == Type::i64 ? 8 : type == Type::bf16 ? 2 : 4;
}

// What kernels report instead of reading or writing outside their operands: the first bad operand
// value of a run. Memory that both host and device see; zero means none.
struct Fault {
  int32_t kind;  // a FaultKind
  int32_t value;
  int64_t limit;  // `value` had to be in [0, limit)
};
enum class FaultKind : int32_t { none, row, label, slot, position };

}  // namespace lmos::cuda
