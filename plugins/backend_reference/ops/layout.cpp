// broadcast, reshape, transpose, slice, pad, concat: elements move, none is computed.
#include <algorithm>
#include <cstring>

#include "index.h"
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// y[i] = x[base + index · strides] for each index of y's dims.
Kernel strided_copy(const Node& node, std::vector<int64_t> strides, int64_t base) {
  return {by_number(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [strides, base, dims = node.output(0).dims](const Operands& operands) {
      const T* x = operands.as<T>(0) + base;
      T* y = operands.as<T>(1);
      for_each_index(dims, strides, [&](int64_t i, int64_t offset) { y[i] = x[offset]; });
    };
  })};
}

size_t axis_of(const Node& node, const Tensor& x) {
  int64_t axis = node.integer("axis");
  node.expect(axis >= 0 && axis < static_cast<int64_t>(x.rank()), "an axis of the input");
  return static_cast<size_t>(axis);
}

// Product of dims[begin..end).
int64_t product(const std::vector<int64_t>& dims, size_t begin, size_t end) {
  int64_t result = 1;
  for (size_t i = begin; i < end; ++i) result *= dims[i];
  return result;
}

}  // namespace

Kernel prepare_broadcast(const Node& node) {
  node.expect_operands(1, 0, 1);
  const Tensor &x = node.input(0), &y = node.output(0);
  node.expect(x.dtype == y.dtype && x.rank() <= y.rank(),
              "an output of the input's dtype and at least its rank");
  std::vector<int64_t> own = strides_of(x.dims), strides(y.rank(), 0);
  size_t leading = y.rank() - x.rank();
  for (size_t i = 0; i < x.rank(); ++i) {
    node.expect(x.dims[i] == 1 || x.dims[i] == y.dims[leading + i],
                "input dims that are 1 or equal the output's");
    strides[leading + i] = x.dims[i] == 1 ? 0 : own[i];
  }
  return strided_copy(node, strides, 0);
}

Kernel prepare_reshape(const Node& node) {
  node.expect_operands(1, 0, 1);
  node.expect(node.input(0).dtype == node.output(0).dtype &&
                  node.input(0).elements == node.output(0).elements,
              "an output of the input's dtype and number of elements");
  return {[bytes = node.output(0).bytes](const Operands& operands) {
    if (bytes > 0) std::memcpy(operands[1], operands[0], bytes);
  }};
}

Kernel prepare_transpose(const Node& node) {
  node.expect_operands(1, 0, 1);
  const Tensor &x = node.input(0), &y = node.output(0);
  const std::vector<int64_t>& permutation = node.integers("permutation");
  std::vector<int64_t> sorted = permutation, own = strides_of(x.dims), strides;
  std::sort(sorted.begin(), sorted.end());
  node.expect(x.dtype == y.dtype && sorted.size() == x.rank() && y.rank() == x.rank(),
              "a permutation of the input's axes");
  for (size_t i = 0; i < sorted.size(); ++i) {
    node.expect(sorted[i] == static_cast<int64_t>(i), "a permutation of the input's axes");
  }
  for (size_t i = 0; i < permutation.size(); ++i) {
    node.expect(y.dims[i] == x.dims[permutation[i]], "output dims in the permutation's order");
    strides.push_back(own[permutation[i]]);
  }
  return strided_copy(node, strides, 0);
}

Kernel prepare_slice(const Node& node) {
  node.expect_operands(1, 0, 1);
  const Tensor &x = node.input(0), &y = node.output(0);
  size_t axis = axis_of(node, x);
  int64_t begin = node.integer("begin"), end = node.integer("end");
  node.expect(0 <= begin && begin <= end && end <= x.dims[axis],
              "0 <= begin <= end <= the axis's size");
  std::vector<int64_t> dims = x.dims, strides = strides_of(x.dims);
  dims[axis] = end - begin;
  node.expect(x.dtype == y.dtype && y.dims == dims, "an output of end - begin along the axis");
  return strided_copy(node, strides, begin * strides[axis]);
}

Kernel prepare_pad(const Node& node) {
  node.expect_operands(1, 0, 1);
  const Tensor &x = node.input(0), &y = node.output(0);
  size_t axis = axis_of(node, x);
  int64_t before = node.integer("before"), after = node.integer("after");
  node.expect(before >= 0 && after >= 0 && x.dtype == y.dtype && y.rank() == x.rank(),
              "before and after of at least 0");
  std::vector<int64_t> dims = y.dims;
  node.expect(dims[axis] - before - after == x.dims[axis],
              "an output of before + size + after along the axis");
  dims[axis] = x.dims[axis];
  node.expect(dims == x.dims, "an output that differs along the axis only");
  std::vector<int64_t> strides = strides_of(y.dims);
  return {by_number(node, y.dtype, [&](auto element) {
    using T = decltype(element);
    return [dims, strides, base = before * strides[axis],
            n = y.elements](const Operands& operands) {
      const T* x = operands.as<T>(0);
      T* y = operands.as<T>(1);
      std::fill(y, y + n, T{});
      for_each_index(dims, strides, [&](int64_t i, int64_t offset) { y[base + offset] = x[i]; });
    };
  })};
}

Kernel prepare_concat(const Node& node) {
  node.expect(!node.inputs().empty() && node.outputs().size() == 1, "an input and one output");
  const Tensor& y = node.output(0);
  size_t axis = axis_of(node, y);
  int64_t total = 0;
  std::vector<int64_t> sizes;  // along the axis
  for (const Tensor& x : node.inputs()) {
    node.expect(x.dtype == y.dtype && x.rank() == y.rank(),
                "inputs of the output's dtype and rank");
    std::vector<int64_t> dims = x.dims;
    sizes.push_back(dims[axis]);
    total += dims[axis];
    dims[axis] = y.dims[axis];
    node.expect(dims == y.dims, "inputs that differ along the axis only");
  }
  node.expect(total == y.dims[axis], "an output of the inputs' sum along the axis");
  int64_t outer = product(y.dims, 0, axis), inner = product(y.dims, axis + 1, y.rank());
  return {by_number(node, y.dtype, [&](auto element) {
    using T = decltype(element);
    return [sizes, outer, inner](const Operands& operands) {
      T* y = operands.as<T>(sizes.size());
      for (int64_t o = 0; o < outer; ++o) {
        for (size_t input = 0; input < sizes.size(); ++input) {
          int64_t run = sizes[input] * inner;
          y = std::copy_n(operands.as<T>(input) + o * run, run, y);
        }
      }
    };
  })};
}

}  // namespace lmos::reference
