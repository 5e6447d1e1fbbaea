#include "ops/attention_shape.h"
#include "ops/operations.h"

namespace lmos::reference {
namespace {

template <class T>
struct GradOperands {
  const T *dy, *q, *k, *v, *y;
  const stat_t<T>* lse;
  const int32_t* segments;  // null: all one segment
  const int64_t* state;     // null: no dropout
  T *dq, *dk, *dv;
};

// p = exp(scale · q·k − lse), d the dropout; dv = d(p)ᵀ dy; ds = p · (d(dy·v) − dy·y); dq = scale ·
// ds k; dk = scale · dsᵀ q.
template <class T>
void attend_grad(const AttentionShape& s, const GradOperands<T>& x, double* scratch) {
  int64_t kv_elements = s.tokens * s.kv_heads * s.head_dim;
  double* dk = scratch;
  double* dv = dk + kv_elements;
  double* dq = dv + kv_elements;  // [head_dim]
  std::fill_n(scratch, 2 * kv_elements, 0.0);
  for (int64_t t = 0; t < s.tokens; ++t) {
    for (int64_t h = 0; h < s.heads; ++h) {
      int64_t row = (t * s.heads + h) * s.head_dim;  // of y
      int64_t query = t * s.q_step + h * s.head_dim;
      double dy_y = 0;
      for (int64_t d = 0; d < s.head_dim; ++d) {
        dy_y += static_cast<double>(widen(x.dy[row + d])) * widen(x.y[row + d]);
      }
      std::fill_n(dq, s.head_dim, 0.0);
      for (int64_t u = s.first(t); u < s.end(t); ++u) {
        if (x.segments && x.segments[u] != x.segments[t]) continue;
        int64_t key = u * s.k_step + s.kv_head(h) * s.head_dim;
        int64_t sum = (u * s.kv_heads + s.kv_head(h)) * s.head_dim;
        double score = 0, dy_v = 0;
        for (int64_t d = 0; d < s.head_dim; ++d) {
          score += static_cast<double>(widen(x.q[query + d])) * widen(x.k[key + d]);
          dy_v += static_cast<double>(widen(x.dy[row + d])) * widen(x.v[key + d]);
        }
        double p = std::exp(s.scale * score - x.lse[t * s.heads + h]);
        double kept = s.kept(x.state, t, h, u);
        double dscore = s.scale * p * (kept * dy_v - dy_y);
        for (int64_t d = 0; d < s.head_dim; ++d) {
          dv[sum + d] += kept * p * widen(x.dy[row + d]);
          dk[sum + d] += dscore * widen(x.q[query + d]);
          dq[d] += dscore * widen(x.k[key + d]);
        }
      }
      for (int64_t d = 0; d < s.head_dim; ++d) x.dq[query + d] = narrow<T>(dq[d]);
    }
  }
  int64_t width = s.kv_heads * s.head_dim;
  for (int64_t i = 0; i < kv_elements; ++i) {
    int64_t to = i / width * s.k_step + i % width;
    x.dk[to] = narrow<T>(dk[i]);
    x.dv[to] = narrow<T>(dv[i]);
  }
}

}  // namespace

Kernel prepare_attention_grad(const Node& node) {
  node.expect_operands(6, 2, 3);
  AttentionShape shape = attention_shape(node, 1, 6);
  const Tensor &q = node.input(1), &k = node.input(2), &lse = node.input(5);
  node.expect(node.input(0) == q && node.input(4) == q && node.output(0) == q,
              "dy, y and dq of q's type");
  node.expect(node.output(1) == k && node.output(2) == k, "dk and dv of k's type");
  node.expect(lse.dtype == statistic_dtype(node.input(1).dtype) &&
                  lse.dims == std::vector{shape.tokens, shape.heads},
              "lse [T,H] in f32, or f64 for an f64 q");
  bool segmented = node.has_input(6), random = node.has_input(7);
  size_t outputs = node.inputs().size();
  Kernel kernel{by_float(node, q.dtype, [&](auto element) {
    using T = decltype(element);
    return [=](const Operands& x) {
      GradOperands<T> operands{x.as<T>(0),
                               x.as<T>(1),
                               x.as<T>(2),
                               x.as<T>(3),
                               x.as<T>(4),
                               x.as<stat_t<T>>(5),
                               optional_operand<int32_t>(x, segmented, 6),
                               optional_operand<int64_t>(x, random, 7),
                               x.as<T>(outputs),
                               x.as<T>(outputs + 1),
                               x.as<T>(outputs + 2)};
      attend_grad(shape, operands, x.scratch<double>());
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(2 * k.elements + shape.head_dim) * sizeof(double);
  return kernel;
}

Kernel prepare_packed_attention_grad(const Node& node) {
  node.expect_operands(4, 1, 1);
  AttentionShape shape = packed_shape(node, 1, 4);
  const Tensor &dy = node.input(0), &qkv = node.input(1), &lse = node.input(3);
  node.expect(dy.dtype == qkv.dtype &&
                  dy.dims == std::vector{shape.tokens, shape.heads, shape.head_dim} &&
                  node.input(2) == dy && node.output(0) == qkv,
              "dy and y [T,H,D] of qkv's dtype, and dqkv of its type");
  node.expect(
      lse.dtype == statistic_dtype(qkv.dtype) && lse.dims == std::vector{shape.tokens, shape.heads},
      "lse [T,H] in f32, or f64 for an f64 qkv");
  bool segmented = node.has_input(4);
  size_t output = node.inputs().size();
  Kernel kernel{by_float(node, qkv.dtype, [&](auto element) {
    using T = decltype(element);
    return [=](const Operands& x) {
      int64_t k = shape.heads * shape.head_dim, v = k + shape.kv_heads * shape.head_dim;
      const T* qkv = x.as<T>(1);
      T* dqkv = x.as<T>(output);
      GradOperands<T> operands{x.as<T>(0),
                               qkv,
                               qkv + k,
                               qkv + v,
                               x.as<T>(2),
                               x.as<stat_t<T>>(3),
                               optional_operand<int32_t>(x, segmented, 4),
                               nullptr,
                               dqkv,
                               dqkv + k,
                               dqkv + v};
      attend_grad(shape, operands, x.scratch<double>());
    };
  })};
  int64_t kv_elements = shape.tokens * shape.kv_heads * shape.head_dim;
  kernel.scratch_bytes = static_cast<uint64_t>(2 * kv_elements + shape.head_dim) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
