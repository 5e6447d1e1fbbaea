#include <limits>

#include "ops/attention_shape.h"
#include "ops/operations.h"

namespace lmos::reference {
namespace {

template <class T>
double dot(const T* a, const T* b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(widen(a[i])) * widen(b[i]);
  return sum;
}

template <class T>
void attend(const AttentionShape& s, const T* q, const T* k, const T* v, const int32_t* segments,
            const int64_t* state, T* y, stat_t<T>* lse, double* scratch) {
  double* scores = scratch;            // [sequence]
  double* sum = scratch + s.sequence;  // [head_dim]
  for (int64_t t = 0; t < s.tokens; ++t) {
    int64_t first = s.first(t), end = s.end(t);
    for (int64_t h = 0; h < s.heads; ++h) {
      auto row = [&](int64_t u) { return u * s.k_step + s.kv_head(h) * s.head_dim; };
      double highest = -std::numeric_limits<double>::infinity();
      for (int64_t u = first; u < end; ++u) {
        bool visible = !segments || segments[u] == segments[t];
        scores[u - first] =
            visible ? s.scale * dot(q + t * s.q_step + h * s.head_dim, k + row(u), s.head_dim)
                    : -std::numeric_limits<double>::infinity();
        highest = std::max(highest, scores[u - first]);
      }
      double total = 0;
      std::fill_n(sum, s.head_dim, 0.0);
      for (int64_t u = first; u < end; ++u) {
        double weight = std::exp(scores[u - first] - highest);
        total += weight;
        weight *= s.kept(state, t, h, u);
        for (int64_t d = 0; d < s.head_dim; ++d) sum[d] += weight * widen(v[row(u) + d]);
      }
      for (int64_t d = 0; d < s.head_dim; ++d) {
        y[(t * s.heads + h) * s.head_dim + d] = narrow<T>(sum[d] / total);
      }
      lse[t * s.heads + h] = static_cast<stat_t<T>>(highest + std::log(total));
    }
  }
}

}  // namespace

Kernel prepare_attention(const Node& node) {
  node.expect_operands(3, 2, 2);
  AttentionShape shape = attention_shape(node, 0, 3);
  const Tensor& lse = node.output(1);
  node.expect(node.output(0) == node.input(0), "y of q's type");
  node.expect(lse.dtype == statistic_dtype(node.input(1).dtype) &&
                  lse.dims == std::vector{shape.tokens, shape.heads},
              "lse [T,H] in f32, or f64 for an f64 q");
  bool segmented = node.has_input(3), random = node.has_input(4);
  size_t outputs = node.inputs().size();
  Kernel kernel{by_float(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [=](const Operands& x) {
      attend<T>(shape, x.as<T>(0), x.as<T>(1), x.as<T>(2),
                optional_operand<int32_t>(x, segmented, 3), optional_operand<int64_t>(x, random, 4),
                x.as<T>(outputs), x.as<stat_t<T>>(outputs + 1), x.scratch<double>());
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(shape.sequence + shape.head_dim) * sizeof(double);
  return kernel;
}

Kernel prepare_packed_attention(const Node& node) {
  node.expect_operands(1, 1, 2);
  AttentionShape shape = packed_shape(node, 0, 1);
  const Tensor &qkv = node.input(0), &y = node.output(0), &lse = node.output(1);
  node.expect(y.dtype == qkv.dtype &&
                  y.dims == std::vector{shape.tokens, shape.heads, shape.head_dim} &&
                  lse.dtype == statistic_dtype(qkv.dtype) &&
                  lse.dims == std::vector{shape.tokens, shape.heads},
              "y [T,H,D] of qkv's dtype and lse [T,H]");
  bool segmented = node.has_input(1);
  size_t outputs = node.inputs().size();
  Kernel kernel{by_float(node, qkv.dtype, [&](auto element) {
    using T = decltype(element);
    return [=](const Operands& x) {
      const T* q = x.as<T>(0);
      const T* k = q + shape.heads * shape.head_dim;
      attend<T>(shape, q, k, k + shape.kv_heads * shape.head_dim,
                optional_operand<int32_t>(x, segmented, 1), nullptr, x.as<T>(outputs),
                x.as<stat_t<T>>(outputs + 1), x.scratch<double>());
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(shape.sequence + shape.head_dim) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
