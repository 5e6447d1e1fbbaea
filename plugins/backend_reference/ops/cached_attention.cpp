#include <algorithm>
#include <limits>
#include <string>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

struct CachedShape {
  int64_t tokens, heads, kv_heads, head_dim, slots, capacity;
  double scale;
};

// Row [K,D] of the caches at (slot, position), as an element offset.
int64_t cache_row(const CachedShape& s, int64_t slot, int64_t position) {
  return (slot * s.capacity + position) * s.kv_heads * s.head_dim;
}

void check_places(const CachedShape& s, const int32_t* slots, const int32_t* positions) {
  auto reject = [](const char* what, int32_t value, int64_t limit) {
    throw Invalid("cached_attention: " + std::string(what) + " " + std::to_string(value) +
                  " is outside [0, " + std::to_string(limit) + ")");
  };
  for (int64_t t = 0; t < s.tokens; ++t) {
    if (slots[t] < 0 || slots[t] >= s.slots) reject("slot", slots[t], s.slots);
    if (positions[t] < 0 || positions[t] >= s.capacity)
      reject("position", positions[t], s.capacity);
  }
}

// One query head over the rows 0..position of a slot. keys, values: the slot's rows of one kv head.
template <class T>
void attend_cache(const CachedShape& s, const T* q, const T* keys, const T* values,
                  int64_t position, T* y, double* scratch) {
  double* scores = scratch;            // [capacity]
  double* sum = scratch + s.capacity;  // [head_dim]
  int64_t stride = s.kv_heads * s.head_dim;
  double highest = -std::numeric_limits<double>::infinity();
  for (int64_t u = 0; u <= position; ++u) {
    double score = 0;
    for (int64_t d = 0; d < s.head_dim; ++d) {
      score += static_cast<double>(widen(q[d])) * widen(keys[u * stride + d]);
    }
    scores[u] = s.scale * score;
    highest = std::max(highest, scores[u]);
  }
  double total = 0;
  std::fill_n(sum, s.head_dim, 0.0);
  for (int64_t u = 0; u <= position; ++u) {
    double weight = std::exp(scores[u] - highest);
    total += weight;
    for (int64_t d = 0; d < s.head_dim; ++d) sum[d] += weight * widen(values[u * stride + d]);
  }
  for (int64_t d = 0; d < s.head_dim; ++d) y[d] = narrow<T>(sum[d] / total);
}

CachedShape cached_shape(const Node& node) {
  const Tensor &q = node.input(0), &k = node.input(1), &cache = node.input(3);
  node.expect(q.rank() == 3 && k.rank() == 3 && node.input(2) == k && q.dtype == k.dtype &&
                  q.dims[0] == k.dims[0] && q.last() == k.last(),
              "q [T,H,D] and k, v [T,K,D] of one dtype");
  node.expect(k.dims[1] > 0 && q.dims[1] % k.dims[1] == 0, "H that is a multiple of K");
  node.expect(cache.rank() == 4 && node.input(4) == cache && cache.dtype == q.dtype &&
                  cache.dims[2] == k.dims[1] && cache.dims[3] == k.dims[2],
              "caches [slots,C,K,D] of q's dtype");
  for (size_t i : {5, 6}) {
    node.expect(node.input(i).dtype == LMOS_I32 && node.input(i).dims == std::vector{q.dims[0]},
                "i32 slots and positions [T]");
  }
  node.expect(node.output(0) == q, "y of q's type");
  return {q.dims[0],     q.dims[1],     k.dims[1],           q.last(),
          cache.dims[0], cache.dims[1], node.number("scale")};
}

}  // namespace

Kernel prepare_cached_attention(const Node& node) {
  node.expect_operands(7, 0, 1);
  CachedShape shape = cached_shape(node);
  Kernel kernel{by_float(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [s = shape](const Operands& x) {
      T *key_cache = x.as<T>(3), *value_cache = x.as<T>(4);
      const int32_t *slots = x.as<int32_t>(5), *positions = x.as<int32_t>(6);
      check_places(s, slots, positions);
      int64_t width = s.kv_heads * s.head_dim;
      for (int64_t t = 0; t < s.tokens; ++t) {
        int64_t row = cache_row(s, slots[t], positions[t]);
        std::copy_n(x.as<T>(1) + t * width, width, key_cache + row);
        std::copy_n(x.as<T>(2) + t * width, width, value_cache + row);
      }
      for (int64_t t = 0; t < s.tokens; ++t) {
        for (int64_t h = 0; h < s.heads; ++h) {
          int64_t head = cache_row(s, slots[t], 0) + h / (s.heads / s.kv_heads) * s.head_dim;
          int64_t query = (t * s.heads + h) * s.head_dim;
          attend_cache<T>(s, x.as<T>(0) + query, key_cache + head, value_cache + head, positions[t],
                          x.as<T>(7) + query, x.scratch<double>());
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(shape.capacity + shape.head_dim) * sizeof(double);
  kernel.states = {3, 4};
  return kernel;
}

}  // namespace lmos::reference
