#include "cpu/attention/attention_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cpu/random/random_reference.h"
#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

namespace {

// Element offsets of a token's row.
int64_t query_row(const AttentionShape& s, int64_t t, int64_t h) {
  return (t * s.heads + h) * s.dim;
}
int64_t key_row(const AttentionShape& s, int64_t t, int64_t h) {
  return (t * s.kv_heads + h / (s.heads / s.kv_heads)) * s.dim;
}

double dot(const Reader& a, int64_t a_row, const Reader& b, int64_t b_row, int64_t dim) {
  double sum = 0;
  for (int64_t d = 0; d < dim; ++d) sum += a[a_row + d] * b[b_row + d];
  return sum;
}

template <class Args>
std::vector<int64_t> attended(const Args& args, int64_t t) {
  const int64_t first = t / args.sequence * args.sequence;
  std::vector<int64_t> keys;
  for (int64_t u = first; u < (args.causal ? t + 1 : first + args.sequence); ++u) {
    if (args.segments == nullptr || args.segments[u] == args.segments[t]) keys.push_back(u);
  }
  return keys;
}

// What dropout multiplies the probability with which token t attends to u.
template <class Args>
double kept(const Args& args, int64_t t, int64_t h, int64_t u) {
  const AttentionDropout& dropout = args.dropout;
  if (dropout.state == nullptr) return 1;
  const int64_t row =
      (t / args.sequence * args.shape.heads + h) * args.sequence + t % args.sequence;
  const float number =
      uniform(dropout.state, dropout.site, row * args.sequence + u % args.sequence);
  return number < dropout.rate ? 0 : static_cast<double>(dropout.scale);
}

}  // namespace

void attention(const Attention& args) {
  const AttentionShape& s = args.shape;
  const Reader q(s.type, args.q), k(s.type, args.k), v(s.type, args.v);
  const Writer y(s.type, args.y);
  for (int64_t t = 0; t < s.tokens; ++t) {
    for (int64_t h = 0; h < s.heads; ++h) {
      double highest = -std::numeric_limits<double>::infinity(), total = 0;
      std::vector<double> out(static_cast<size_t>(s.dim));
      const std::vector<int64_t> keys = attended(args, t);
      const auto score = [&](int64_t u) {
        return s.scale * dot(q, query_row(s, t, h), k, key_row(s, u, h), s.dim);
      };
      for (const int64_t u : keys) highest = std::max(highest, score(u));
      for (const int64_t u : keys) {
        const double weight = std::exp(score(u) - highest);
        total += weight;
        const double share = weight * kept(args, t, h, u);
        for (int64_t d = 0; d < s.dim; ++d) out[d] += share * v[key_row(s, u, h) + d];
      }
      for (int64_t d = 0; d < s.dim; ++d) y.set(query_row(s, t, h) + d, out[d] / total);
      args.lse[t * s.heads + h] = static_cast<float>(highest + std::log(total));
    }
  }
}

void attention_grad(const AttentionGrad& args) {
  const AttentionShape& s = args.shape;
  const Reader dy(s.type, args.dy), y(s.type, args.y);
  const Reader q(s.type, args.q), k(s.type, args.k), v(s.type, args.v);
  std::vector<double> dq(static_cast<size_t>(s.tokens * s.heads * s.dim));
  std::vector<double> dk(static_cast<size_t>(s.tokens * s.kv_heads * s.dim)), dv(dk.size());
  for (int64_t t = 0; t < s.tokens; ++t) {
    for (int64_t h = 0; h < s.heads; ++h) {
      const int64_t row = query_row(s, t, h);
      const double delta = dot(dy, row, y, row, s.dim);
      for (const int64_t u : attended(args, t)) {
        const int64_t key = key_row(s, u, h);
        const double p = std::exp(s.scale * dot(q, row, k, key, s.dim) - args.lse[t * s.heads + h]);
        const double factor = kept(args, t, h, u);
        const double ds = p * (factor * dot(dy, row, v, key, s.dim) - delta) * s.scale;
        for (int64_t d = 0; d < s.dim; ++d) {
          dq[row + d] += ds * k[key + d];
          dk[key + d] += ds * q[row + d];
          dv[key + d] += factor * p * dy[row + d];
        }
      }
    }
  }
  for (size_t i = 0; i < dq.size(); ++i) Writer(s.type, args.dq).set(i, dq[i]);
  for (size_t i = 0; i < dk.size(); ++i) Writer(s.type, args.dk).set(i, dk[i]);
  for (size_t i = 0; i < dv.size(); ++i) Writer(s.type, args.dv).set(i, dv[i]);
}

void paged_attention(const PagedAttention& args) {
  const AttentionShape& s = args.shape;
  const Reader q(s.type, args.q), k(s.type, args.k), v(s.type, args.v);
  const Reader keys(s.type, args.key_cache), values(s.type, args.value_cache);
  const auto cache_row = [&](int64_t t, int64_t position, int64_t kv_head) {
    const int64_t page =
        args.page_table[args.sequence[t] * args.sequence_pages + position / args.page_tokens];
    return ((page * args.page_tokens + position % args.page_tokens) * s.kv_heads + kv_head) * s.dim;
  };
  for (int64_t t = 0; t < s.tokens; ++t) {
    for (int64_t i = 0; i < s.kv_heads * s.dim; ++i) {
      const int64_t at = cache_row(t, args.positions[t], 0) + i;
      Writer(s.type, args.key_cache).set(at, k[t * s.kv_heads * s.dim + i]);
      Writer(s.type, args.value_cache).set(at, v[t * s.kv_heads * s.dim + i]);
    }
  }
  for (int64_t t = 0; t < s.tokens; ++t) {
    for (int64_t h = 0; h < s.heads; ++h) {
      const int64_t kv_head = h / (s.heads / s.kv_heads);
      const auto score = [&](int64_t u) {
        return s.scale * dot(q, query_row(s, t, h), keys, cache_row(t, u, kv_head), s.dim);
      };
      double highest = -std::numeric_limits<double>::infinity(), total = 0;
      std::vector<double> out(static_cast<size_t>(s.dim));
      for (int64_t u = 0; u <= args.positions[t]; ++u) highest = std::max(highest, score(u));
      for (int64_t u = 0; u <= args.positions[t]; ++u) {
        const double weight = std::exp(score(u) - highest);
        total += weight;
        for (int64_t d = 0; d < s.dim; ++d) out[d] += weight * values[cache_row(t, u, kv_head) + d];
      }
      for (int64_t d = 0; d < s.dim; ++d) {
        Writer(s.type, args.y).set(query_row(s, t, h) + d, out[d] / total);
      }
    }
  }
}

}  // namespace lmos::cpu::reference
