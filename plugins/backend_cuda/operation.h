// What an operation prepares for a node: a function that enqueues its kernels.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "backend_node/node.h"
#include "cuda/fault.h"
#include "cuda/float_type.h"
#include "cuda/scalar.h"

namespace lmos::backend_cuda {

using backend_node::Node;
using backend_node::Tensor;

class Device;

// Of a tensor that is_float().
inline cuda::Float float_type(const Tensor& tensor) {
  switch (tensor.dtype) {
    case LMOS_F32:
      return cuda::Float::f32;
    case LMOS_F16:
      return cuda::Float::f16;
    default:
      return cuda::Float::bf16;
  }
}

inline cuda::Scalar scalar_type(const Tensor& tensor) {
  switch (tensor.dtype) {
    case LMOS_F64:
      return cuda::Scalar::f64;
    case LMOS_F32:
      return cuda::Scalar::f32;
    case LMOS_BF16:
      return cuda::Scalar::bf16;
    case LMOS_F16:
      return cuda::Scalar::f16;
    case LMOS_I64:
      return cuda::Scalar::i64;
    default:
      return cuda::Scalar::i32;
  }
}

// The stream, the memory of the node's inputs, then of its outputs (null for an absent optional
// operand), and the scratch memory, aligned to 256 bytes.
class Run {
 public:
  Run(cudaStream_t stream, cuda::Fault* fault, void* const* operands,
      std::span<const lmos_operand> places, void* scratch)
      : stream(stream), fault(fault), operands_(operands), places_(places), scratch_(scratch) {}

  const cudaStream_t stream;
  cuda::Fault* const fault;

  void* operator[](size_t i) const { return operands_[i]; }
  template <class T>
  T* as(size_t i) const {
    return static_cast<T*>(operands_[i]);
  }
  // Whether two operands lie in different buffers: parameters do not share one with results.
  bool apart(size_t i, size_t j) const { return places_[i].buffer != places_[j].buffer; }
  template <class T = void>
  T* scratch() const {
    return static_cast<T*>(scratch_);
  }

 private:
  void* const* operands_;
  std::span<const lmos_operand> places_;
  void* scratch_;
};

struct Prepared {
  std::function<void(const Run&)> run;
  int64_t scratch_bytes = 0;
};

// Checks the node, chooses kernels and sets them up. Throws sdk::Error(LMOS_UNSUPPORTED) for what
// these kernels leave to others.
using Prepare = Prepared (*)(const Node& node, const Device& device);

// By the node's name.
Prepared prepare_operation(const Node& node, const Device& device);

}  // namespace lmos::backend_cuda
