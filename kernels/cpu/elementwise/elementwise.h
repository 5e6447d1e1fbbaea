// Elementwise operations on f32, bf16 and f16.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

enum class Unary : int32_t { neg, exp, log, sqrt, rsqrt, sigmoid, tanh, erf, sin, cos };
enum class Binary : int32_t { add, sub, mul, div, minimum, maximum };

struct UnaryArgs {
  Unary op;
  Float type;
  int64_t count;  // elements
  const void* x;
  void* y;
};

struct BinaryArgs {
  Binary op;
  Float type;
  int64_t count;  // elements
  const void* a;
  const void* b;
  void* y;
};

// y = x converted to y's type, or y = y + that.
struct ConvertArgs {
  Float from, to;
  bool accumulate;
  int64_t count;  // elements
  const void* x;
  void* y;
};

struct ElementwiseKernels {
  void (*unary)(const Parallel& parallel, const UnaryArgs& args);
  void (*binary)(const Parallel& parallel, const BinaryArgs& args);
  void (*convert)(const Parallel& parallel, const ConvertArgs& args);
};

}  // namespace lmos::cpu
