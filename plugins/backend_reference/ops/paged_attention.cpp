#include <algorithm>
#include <limits>
#include <string>

#include "ops/operations.h"
#include "ops/rotate.h"

namespace lmos::reference {
namespace {

struct PagedShape {
  int64_t tokens, heads, kv_heads, head_dim, pages, page_tokens, sequences, sequence_pages;
  double scale;
};

// Where the positions of one sequence lie in the caches.
struct Places {
  const PagedShape& shape;
  const int32_t* pages;  // the sequence's row of the table

  // Row [K,D] of the caches, as an element offset.
  int64_t row(int64_t position) const {
    const int64_t page = pages[position / shape.page_tokens];
    return (page * shape.page_tokens + position % shape.page_tokens) * shape.kv_heads *
           shape.head_dim;
  }
};

void check_places(const PagedShape& s, const int32_t* table, const int32_t* sequences,
                  const int32_t* positions) {
  auto check = [](const char* what, int32_t value, int64_t limit) {
    if (value < 0 || value >= limit)
      throw Invalid("paged_attention: " + std::string(what) + " " + std::to_string(value) +
                    " is outside [0, " + std::to_string(limit) + ")");
  };
  for (int64_t t = 0; t < s.tokens; ++t) {
    check("sequence", sequences[t], s.sequences);
    check("position", positions[t], s.sequence_pages * s.page_tokens);
    for (int64_t i = 0; i <= positions[t] / s.page_tokens; ++i)
      check("page", table[sequences[t] * s.sequence_pages + i], s.pages);
  }
}

// Doubles that attend_pages needs.
int64_t attend_scratch(const PagedShape& s) {
  return s.sequence_pages * s.page_tokens + s.head_dim;
}

// One query head over the positions 0..position of a sequence. `head`: of the keys, as an offset in
// a row.
template <class T>
void attend_pages(const Places& places, const T* q, const T* keys, const T* values, int64_t head,
                  int64_t position, T* y, double* scratch) {
  const PagedShape& s = places.shape;
  double* scores = scratch;                                  // [capacity]
  double* sum = scratch + s.sequence_pages * s.page_tokens;  // [head_dim]
  double highest = -std::numeric_limits<double>::infinity();
  for (int64_t u = 0; u <= position; ++u) {
    const T* key = keys + places.row(u) + head;
    double score = 0;
    for (int64_t d = 0; d < s.head_dim; ++d) {
      score += static_cast<double>(widen(q[d])) * widen(key[d]);
    }
    scores[u] = s.scale * score;
    highest = std::max(highest, scores[u]);
  }
  double total = 0;
  std::fill_n(sum, s.head_dim, 0.0);
  for (int64_t u = 0; u <= position; ++u) {
    double weight = std::exp(scores[u] - highest);
    total += weight;
    const T* value = values + places.row(u) + head;
    for (int64_t d = 0; d < s.head_dim; ++d) sum[d] += weight * widen(value[d]);
  }
  for (int64_t d = 0; d < s.head_dim; ++d) y[d] = narrow<T>(sum[d] / total);
}

PagedShape paged_shape(const Node& node) {
  const Tensor &q = node.input(0), &k = node.input(1), &cache = node.input(3);
  node.expect(q.rank() == 3 && k.rank() == 3 && node.input(2) == k && q.dtype == k.dtype &&
                  q.dims[0] == k.dims[0] && q.last() == k.last(),
              "q [T,H,D] and k, v [T,K,D] of one dtype");
  node.expect(k.dims[1] > 0 && q.dims[1] % k.dims[1] == 0, "H that is a multiple of K");
  node.expect(cache.rank() == 4 && node.input(4) == cache && cache.dtype == q.dtype &&
                  cache.dims[2] == k.dims[1] && cache.dims[3] == k.dims[2],
              "caches [P,B,K,D] of q's dtype");
  const Tensor& table = node.input(5);
  node.expect(table.dtype == LMOS_I32 && table.rank() == 2, "an i32 page table [S,M]");
  for (size_t i : {6, 7}) {
    node.expect(node.input(i).dtype == LMOS_I32 && node.input(i).dims == std::vector{q.dims[0]},
                "i32 sequences and positions [T]");
  }
  node.expect(node.output(0) == q, "y of q's type");
  return {q.dims[0],     q.dims[1],     k.dims[1],           q.last(), cache.dims[0], cache.dims[1],
          table.dims[0], table.dims[1], node.number("scale")};
}

constexpr size_t kFrequencies = 8;

// With `turned`, the frequencies follow the operands of paged_attention.
Kernel paged_attention(const Node& node, bool turned) {
  node.expect_operands(turned ? kFrequencies + 1 : kFrequencies, 0, 1);
  PagedShape shape = paged_shape(node);
  if (turned) {
    const Tensor& frequencies = node.input(kFrequencies);
    node.expect(shape.head_dim % 2 == 0 && frequencies.dtype == LMOS_F32 &&
                    frequencies.dims == std::vector{shape.head_dim / 2},
                "an even D and f32 frequencies [D/2]");
  }
  Kernel kernel{by_float(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [s = shape, turned, output = node.inputs().size()](const Operands& x) {
      T *key_cache = x.as<T>(3), *value_cache = x.as<T>(4);
      const int32_t *table = x.as<int32_t>(5), *sequences = x.as<int32_t>(6),
                    *positions = x.as<int32_t>(7);
      check_places(s, table, sequences, positions);
      const auto places = [&](int64_t t) {
        return Places{s, table + sequences[t] * s.sequence_pages};
      };
      const T *q = x.as<T>(0), *k = x.as<T>(1);
      if (turned) {
        const auto rotated = [&](const T* from, T* to, int64_t heads) {
          rotate(from, to, positions, x.as<float>(kFrequencies), 1, s.tokens, heads,
                 s.head_dim / 2);
          return to;
        };
        T* scratch = reinterpret_cast<T*>(x.scratch<double>() + attend_scratch(s));
        q = rotated(q, scratch, s.heads);
        k = rotated(k, scratch + s.tokens * s.heads * s.head_dim, s.kv_heads);
      }
      int64_t width = s.kv_heads * s.head_dim;
      for (int64_t t = 0; t < s.tokens; ++t) {
        int64_t row = places(t).row(positions[t]);
        std::copy_n(k + t * width, width, key_cache + row);
        std::copy_n(x.as<T>(2) + t * width, width, value_cache + row);
      }
      for (int64_t t = 0; t < s.tokens; ++t) {
        for (int64_t h = 0; h < s.heads; ++h) {
          int64_t query = (t * s.heads + h) * s.head_dim;
          attend_pages<T>(places(t), q + query, key_cache, value_cache,
                          h / (s.heads / s.kv_heads) * s.head_dim, positions[t],
                          x.as<T>(output) + query, x.scratch<double>());
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(attend_scratch(shape)) * sizeof(double);
  if (turned) {
    kernel.scratch_bytes +=
        static_cast<uint64_t>(shape.tokens * (shape.heads + shape.kv_heads) * shape.head_dim) *
        sizeof(double);
  }
  kernel.states = {3, 4};
  return kernel;
}

}  // namespace

Kernel prepare_paged_attention(const Node& node) { return paged_attention(node, false); }

Kernel prepare_rope_paged_attention(const Node& node) { return paged_attention(node, true); }

}  // namespace lmos::reference
