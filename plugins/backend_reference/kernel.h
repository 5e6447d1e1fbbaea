// What an operation prepares: a function over the operands' memory.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "element.h"
#include "node.h"

namespace lmos::reference {

// The memory of a run: the node's inputs, then its outputs; null for an absent optional operand.
class Operands {
 public:
  Operands(void* const* memory, void* scratch) : memory_(memory), scratch_(scratch) {}
  void* operator[](size_t i) const { return memory_[i]; }
  template <class T>
  T* as(size_t i) const {
    return static_cast<T*>(memory_[i]);
  }
  template <class T>
  T* scratch() const {
    return static_cast<T*>(scratch_);
  }

 private:
  void* const* memory_;
  void* scratch_;
};

struct Kernel {
  // Throws Invalid for operand values that the operation forbids (an index out of range).
  std::function<void(const Operands&)> compute;
  uint64_t scratch_bytes = 0;
  std::vector<size_t> states = {};  // inputs that compute changes in place
};

// Checks the node and chooses the function for its dtypes. Throws Invalid if the node does not fit
// the op.
using Prepare = Kernel (*)(const Node& node);

// Chooses `f(T{})`, which returns a compute function, by a float dtype.
template <class F>
std::function<void(const Operands&)> by_float(const Node& node, lmos_dtype dtype, F&& f) {
  std::function<void(const Operands&)> compute;
  node.expect(with_float(dtype, [&](auto element) { compute = f(element); }), "a float dtype");
  return compute;
}

// Chooses `f(T{})`, which returns a compute function, by a float or integer dtype.
template <class F>
std::function<void(const Operands&)> by_number(const Node& node, lmos_dtype dtype, F&& f) {
  std::function<void(const Operands&)> compute;
  node.expect(with_number(dtype, [&](auto element) { compute = f(element); }),
              "a float or integer dtype");
  return compute;
}

}  // namespace lmos::reference
