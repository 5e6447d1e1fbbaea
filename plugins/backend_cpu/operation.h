// What an operation prepares for a node: a function over the operands' memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "backend_node/node.h"
#include "cpu/kernels.h"
#include "cpu/parallel.h"

namespace lmos::backend_cpu {

using backend_node::Node;
using backend_node::Tensor;

// Of a tensor that is_float().
inline cpu::Float float_type(const Tensor& tensor) {
  switch (tensor.dtype) {
    case LMOS_F32:
      return cpu::Float::f32;
    case LMOS_F16:
      return cpu::Float::f16;
    default:
      return cpu::Float::bf16;
  }
}

// The threads, the memory of the node's inputs, then of its outputs (null for an absent optional
// operand), and the scratch memory.
class Run {
 public:
  Run(const cpu::Parallel& parallel, void* const* operands, void* scratch)
      : parallel(parallel), operands_(operands), scratch_(scratch) {}

  const cpu::Parallel& parallel;

  void* operator[](size_t i) const { return operands_[i]; }
  template <class T>
  T* as(size_t i) const {
    return static_cast<T*>(operands_[i]);
  }
  template <class T = void>
  T* scratch(int64_t offset_bytes = 0) const {
    return reinterpret_cast<T*>(static_cast<char*>(scratch_) + offset_bytes);
  }

 private:
  void* const* operands_;
  void* scratch_;
};

struct Prepared {
  // Throws sdk::Error for operand values that the operation forbids (an index out of range).
  std::function<void(const Run&)> run;
  int64_t scratch_bytes = 0;
  std::vector<size_t> states = {};  // inputs that run changes in place
};

// What prepare functions build on.
struct Machine {
  const cpu::Kernels& kernels;
  int32_t threads;
  bool batch_invariant;  // a token's results must not depend on how many tokens there are
};

// Checks the node, chooses kernels and sets them up. Throws sdk::Error(LMOS_UNSUPPORTED) for what
// these kernels leave to others.
using Prepare = Prepared (*)(const Node& node, const Machine& machine);

// Null if there is no operation of that name.
Prepare find_operation(std::string_view name);

}  // namespace lmos::backend_cpu
