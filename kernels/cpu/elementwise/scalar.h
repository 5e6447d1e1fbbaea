// Elementwise operations on every element type, one element at a time. The vector kernels
// (elementwise.h) serve f32, bf16 and f16 where both offer an operation.
#pragma once

#include "cpu/elementwise/elementwise.h"

namespace lmos::cpu {

enum class Scalar : int32_t { f64, f32, bf16, f16, i64, i32 };

enum class Compare : int32_t { equal, less };

struct ScalarBinary {
  Binary op;
  Scalar type;    // f64, or but for division i64 or i32
  int64_t count;  // elements
  const void* a;
  const void* b;
  void* y;
};

struct CompareArgs {
  Compare op;
  Scalar type;
  int64_t count;  // elements
  const void* a;
  const void* b;
  int32_t* y;
};

struct SelectArgs {
  int32_t element_bytes;  // 2, 4 or 8
  int64_t count;          // elements
  const int32_t* condition;
  const void* a;  // where condition ≠ 0
  const void* b;
  void* y;
};

// y = x converted to y's type, or y = y + that. Floats become integers by truncation; out of range
// by the nearest integer, NaN by 0.
struct ScalarConvert {
  Scalar from, to;
  bool accumulate;
  int64_t count;  // elements
  const void* x;
  void* y;
};

void scalar_binary(const Parallel& parallel, const ScalarBinary& args);
void compare(const Parallel& parallel, const CompareArgs& args);
void select(const Parallel& parallel, const SelectArgs& args);
void scalar_convert(const Parallel& parallel, const ScalarConvert& args);

}  // namespace lmos::cpu
