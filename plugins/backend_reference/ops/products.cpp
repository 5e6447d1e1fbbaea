// matmul, matmul_add, linear, linear_weight_grad.
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// y = a · b (+ c, which is as y).
Kernel prepare_product(const Node& node, bool added) {
  const Tensor &a = node.input(0), &b = node.input(1), &y = node.output(0);
  size_t rank = a.rank();
  node.expect(
      rank >= 2 && b.rank() == rank && y.rank() == rank && a.dtype == b.dtype && y.is_float(),
      "a and b of one float dtype, and ranks that are equal and at least 2");
  bool transpose_a = node.integer("transpose_a", 0) != 0;
  bool transpose_b = node.integer("transpose_b", 0) != 0;
  int64_t batch = 1;
  for (size_t i = 0; i + 2 < rank; ++i) {
    node.expect(a.dims[i] == b.dims[i] && a.dims[i] == y.dims[i], "equal leading dims");
    batch *= a.dims[i];
  }
  int64_t rows = y.dims[rank - 2], columns = y.dims[rank - 1];
  int64_t depth = a.dims[rank - (transpose_a ? 2 : 1)];
  node.expect(a.dims[rank - (transpose_a ? 1 : 2)] == rows &&
                  b.dims[rank - (transpose_b ? 1 : 2)] == depth &&
                  b.dims[rank - (transpose_b ? 2 : 1)] == columns,
              "[M,K] by [K,N] giving [M,N]");
  int64_t a_row = transpose_a ? 1 : depth, a_depth = transpose_a ? rows : 1;
  int64_t b_depth = transpose_b ? 1 : columns, b_column = transpose_b ? depth : 1;
  return {by_float(node, a.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, dtype = y.dtype, output = node.inputs().size()](const Operands& operands) {
      FloatWriter y(operands[output], dtype);
      const T* c = added ? operands.as<T>(2) : nullptr;
      for (int64_t n = 0; n < batch; ++n) {
        const T* a = operands.as<T>(0) + n * rows * depth;
        const T* b = operands.as<T>(1) + n * depth * columns;
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = 0; j < columns; ++j) {
            double sum = added ? static_cast<double>(widen(c[i * columns + j])) : 0;
            for (int64_t k = 0; k < depth; ++k) {
              sum += static_cast<double>(widen(a[i * a_row + k * a_depth])) *
                     widen(b[k * b_depth + j * b_column]);
            }
            y.set((n * rows + i) * columns + j, sum);
          }
        }
      }
    };
  })};
}

}  // namespace

Kernel prepare_matmul(const Node& node) {
  node.expect_operands(2, 0, 1);
  return prepare_product(node, false);
}

Kernel prepare_matmul_add(const Node& node) {
  node.expect_operands(3, 0, 1);
  node.expect(node.input(0).rank() == 2 && node.input(2) == node.output(0) &&
                  node.output(0).dtype == node.input(0).dtype,
              "matrices a, b and c of one dtype");
  return prepare_product(node, true);
}

Kernel prepare_linear(const Node& node) {
  node.expect_operands(2, 1, 1);
  const Tensor &x = node.input(0), &w = node.input(1), &y = node.output(0);
  bool transposed = node.integer("transposed", 0) != 0;
  node.expect(x.rank() >= 1 && w.rank() == 2 && w.dims[transposed ? 0 : 1] == x.last() &&
                  w.dtype == x.dtype,
              "x [..,I] and w [O,I], or [I,O] if `transposed`, of one dtype");
  int64_t in = x.last(), out = w.dims[transposed ? 1 : 0];
  int64_t w_out = transposed ? 1 : in, w_in = transposed ? out : 1;
  std::vector<int64_t> dims = x.dims;
  dims.back() = out;
  node.expect(y.dtype == x.dtype && y.dims == dims, "y [..,O] of x's dtype");
  bool biased = node.has_input(2);
  lmos_dtype b_dtype = biased ? node.input(2).dtype : 0;
  if (biased) {
    node.expect(node.input(2).is_float() && node.input(2).dims == std::vector{out},
                "a float b [O]");
  }
  size_t output = node.inputs().size();
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, rows = x.rows()](const Operands& operands) {
      const T* x = operands.as<T>(0);
      const T* w = operands.as<T>(1);
      FloatReader b(biased ? operands[2] : nullptr, b_dtype);
      T* y = operands.as<T>(output);
      for (int64_t n = 0; n < rows; ++n) {
        for (int64_t o = 0; o < out; ++o) {
          double sum = biased ? b[o] : 0;
          for (int64_t i = 0; i < in; ++i) {
            sum += static_cast<double>(widen(x[n * in + i])) * widen(w[o * w_out + i * w_in]);
          }
          y[n * out + o] = narrow<T>(sum);
        }
      }
    };
  })};
}

Kernel prepare_linear_weight_grad(const Node& node) {
  node.expect_operands(2, 0, 1);
  const Tensor &dy = node.input(0), &x = node.input(1), &dw = node.output(0);
  node.expect(
      dy.rank() >= 1 && x.rank() == dy.rank() && dy.dtype == x.dtype && dy.rows() == x.rows(),
      "dy [..,O] and x [..,I] of one dtype");
  node.expect(dw.is_float() && dw.dims == std::vector{dy.last(), x.last()}, "dw [O,I]");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), in = x.last(), out = dy.last(),
            dtype = dw.dtype](const Operands& operands) {
      const T* dy = operands.as<T>(0);
      const T* x = operands.as<T>(1);
      FloatWriter dw(operands[2], dtype);
      for (int64_t o = 0; o < out; ++o) {
        for (int64_t i = 0; i < in; ++i) {
          double sum = 0;
          for (int64_t n = 0; n < rows; ++n) {
            sum += static_cast<double>(widen(dy[n * out + o])) * widen(x[n * in + i]);
          }
          dw.set(o * in + i, sum);
        }
      }
    };
  })};
}

}  // namespace lmos::reference
