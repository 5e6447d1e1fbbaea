#include "cuda/movement/strided_copy.h"

#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;

// One element a thread. `Index` holds the number of elements.
template <class Element, class Index>
__global__ void __launch_bounds__(kThreads)
    copy_kernel(StridedCopy copy, const Element* __restrict__ from, Element* __restrict__ to) {
  const Index i = static_cast<Index>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= static_cast<Index>(copy.count)) return;
  Index rest = i;
  int64_t source = 0, target = 0;
  for (int32_t d = copy.rank - 1; d > 0; --d) {
    const Index size = static_cast<Index>(copy.dims[d]);
    const Index next = rest / size;
    const int64_t place = static_cast<int64_t>(rest - next * size);
    source += place * copy.from_steps[d];
    target += place * copy.to_steps[d];
    rest = next;
  }
  if (copy.rank > 0) {
    source += static_cast<int64_t>(rest) * copy.from_steps[0];
    target += static_cast<int64_t>(rest) * copy.to_steps[0];
  }
  to[target] = from[source];
}

template <class Element>
void copy_as(cudaStream_t stream, const StridedCopy& copy, const void* from, void* to) {
  const auto* source = static_cast<const Element*>(from);
  auto* target = static_cast<Element*>(to);
  const auto blocks = static_cast<unsigned>(ceil_div(copy.count, kThreads));
  if (copy.count < INT32_MAX) {
    copy_kernel<Element, uint32_t><<<blocks, kThreads, 0, stream>>>(copy, source, target);
  } else {
    copy_kernel<Element, uint64_t><<<blocks, kThreads, 0, stream>>>(copy, source, target);
  }
}

}  // namespace

StridedCopy plan_copy(int32_t element_bytes, const std::vector<int64_t>& dims,
                      const std::vector<int64_t>& from_steps, const std::vector<int64_t>& to_steps,
                      int64_t from_offset, int64_t to_offset) {
  StridedCopy copy{element_bytes, 0, 1, {}, {}, {}};
  for (size_t i = 0; i < dims.size(); ++i) {
    copy.count *= dims[i];
    if (dims[i] == 1) continue;
    const int32_t last = copy.rank - 1;
    if (copy.rank > 0 && copy.from_steps[last] == from_steps[i] * dims[i] &&
        copy.to_steps[last] == to_steps[i] * dims[i]) {
      copy.dims[last] *= dims[i];
      copy.from_steps[last] = from_steps[i];
      copy.to_steps[last] = to_steps[i];
      continue;
    }
    copy.dims[copy.rank] = dims[i];
    copy.from_steps[copy.rank] = from_steps[i];
    copy.to_steps[copy.rank++] = to_steps[i];
  }
  const int32_t last = copy.rank - 1;
  if (copy.rank == 0 || copy.count == 0 || copy.from_steps[last] != 1 || copy.to_steps[last] != 1)
    return copy;
  // Two at a time, while everything is even.
  const auto halve = [&] {
    bool even = copy.dims[last] % 2 == 0 && from_offset % 2 == 0 && to_offset % 2 == 0;
    for (int32_t d = 0; d < last; ++d)
      even = even && copy.from_steps[d] % 2 == 0 && copy.to_steps[d] % 2 == 0;
    if (!even) return false;
    copy.dims[last] /= 2;
    for (int32_t d = 0; d < last; ++d) {
      copy.from_steps[d] /= 2;
      copy.to_steps[d] /= 2;
    }
    copy.element_bytes *= 2;
    copy.count /= 2;
    from_offset /= 2;
    to_offset /= 2;
    return true;
  };
  while (copy.element_bytes < 16 && halve()) {
  }
  return copy;
}

void strided_copy(cudaStream_t stream, const StridedCopy& copy, const void* from, void* to) {
  if (copy.count == 0) return;
  switch (copy.element_bytes) {
    case 2:
      return copy_as<uint16_t>(stream, copy, from, to);
    case 4:
      return copy_as<uint32_t>(stream, copy, from, to);
    case 8:
      return copy_as<uint64_t>(stream, copy, from, to);
    default:
      return copy_as<uint4>(stream, copy, from, to);
  }
}

}  // namespace lmos::cuda
