// Attention against plain loops in double precision.
#include <cmath>
#include <sstream>

#include "cuda/attention/attention.h"
#include "cuda/attention/kernels.h"
#include "cuda/attention/paged_attention.h"
#include "cuda/testing/array.h"
#include "cuda/testing/tests.h"

namespace lmos::cuda::testing {
namespace {

struct Case {
  int64_t sequences, sequence, heads, kv_heads, dim;
  bool causal, segmented;
  double scale;
};

using Values = std::vector<double>;

struct Operands {
  Values q, k, v, dy;
  std::vector<int32_t> segments;  // may be empty
};

struct Results {
  Values y, lse, dq, dk, dv;
};

Results reference(const Case& c, const Operands& in) {
  const int64_t tokens = c.sequences * c.sequence, group = c.heads / c.kv_heads, dim = c.dim;
  Results out{Values(tokens * c.heads * dim), Values(tokens * c.heads),
              Values(tokens * c.heads * dim), Values(tokens * c.kv_heads * dim),
              Values(tokens * c.kv_heads * dim)};
  in_parallel(c.sequences * c.kv_heads, [&](int64_t task) {
    const int64_t begin = task / c.kv_heads * c.sequence, kv = task % c.kv_heads;
    for (int64_t h = kv * group; h < (kv + 1) * group; ++h) {
      for (int64_t t = begin; t < begin + c.sequence; ++t) {
        const double* q = &in.q[(t * c.heads + h) * dim];
        const double* dy = &in.dy[(t * c.heads + h) * dim];
        const int64_t end = c.causal ? t + 1 : begin + c.sequence;
        Values score(end - begin, -INFINITY);
        double peak = -INFINITY, sum = 0;
        for (int64_t j = begin; j < end; ++j) {
          if (!in.segments.empty() && in.segments[j] != in.segments[t]) continue;
          double dot = 0;
          for (int64_t d = 0; d < dim; ++d) dot += q[d] * in.k[(j * c.kv_heads + kv) * dim + d];
          score[j - begin] = dot * c.scale;
          peak = std::max(peak, score[j - begin]);
        }
        for (double s : score) sum += std::exp(s - peak);
        out.lse[t * c.heads + h] = peak + std::log(sum);
        double* y = &out.y[(t * c.heads + h) * dim];
        Values weight_grad(score.size());
        double delta = 0;
        for (int64_t j = begin; j < end; ++j) {
          double& s = score[j - begin];
          s = std::exp(s - peak) / sum;
          for (int64_t d = 0; d < dim; ++d) {
            const double v = in.v[(j * c.kv_heads + kv) * dim + d];
            y[d] += s * v;
            weight_grad[j - begin] += dy[d] * v;
            out.dv[(j * c.kv_heads + kv) * dim + d] += s * dy[d];
          }
          delta += s * weight_grad[j - begin];
        }
        for (int64_t j = begin; j < end; ++j) {
          const double grad = score[j - begin] * (weight_grad[j - begin] - delta) * c.scale;
          for (int64_t d = 0; d < dim; ++d) {
            out.dq[(t * c.heads + h) * dim + d] += grad * in.k[(j * c.kv_heads + kv) * dim + d];
            out.dk[(j * c.kv_heads + kv) * dim + d] += grad * q[d];
          }
        }
      }
    }
  });
  return out;
}

// Rows of `width` values cut out of rows of `step`.
Values part(const Values& all, int64_t step, int64_t begin, int64_t width) {
  Values result;
  for (size_t row = 0; row < all.size() / step; ++row) {
    result.insert(result.end(), all.begin() + row * step + begin,
                  all.begin() + row * step + begin + width);
  }
  return result;
}

std::string describe(const Case& c, Float type) {
  std::ostringstream text;
  text << name_of(type) << " " << c.sequences << "×" << c.sequence << " heads " << c.heads << "/"
       << c.kv_heads << " dim " << c.dim << (c.causal ? " causal" : "")
       << (c.segmented ? " segments" : "");
  return text.str();
}

void test_case(const Case& c, Float type) {
  const int64_t tokens = c.sequences * c.sequence;
  const int64_t wide = c.heads * c.dim, narrow = c.kv_heads * c.dim, step = wide + 2 * narrow;
  const AttentionShape shape{type, tokens, c.heads, c.kv_heads, c.dim, static_cast<float>(c.scale)};
  const AttentionSteps steps{step, step, step};
  const Array qkv = Array::random(type, tokens * step, 1),
              dy = Array::random(type, tokens * wide, 2);
  Operands in{part(qkv.values(), step, 0, wide),
              part(qkv.values(), step, wide, narrow),
              part(qkv.values(), step, wide + narrow, narrow),
              dy.values(),
              {}};
  if (c.segmented) {
    for (int64_t t = 0; t < tokens; ++t) {
      const int64_t at = t % c.sequence;  // two documents, then alternating pairs, then the rest
      in.segments.push_back(at < c.sequence / 3       ? 7
                            : at < c.sequence / 2     ? 2
                            : at < c.sequence * 3 / 4 ? static_cast<int32_t>(at % 2)
                                                      : -1);
    }
  }
  const Indices segments(in.segments);
  const int32_t* segment_data = in.segments.empty() ? nullptr : segments.data();
  const Results expected = reference(c, in);
  const std::string name = describe(c, type);
  const auto at = [&](const Array& array, int64_t offset) {
    return static_cast<uint8_t*>(array.data()) + offset * bytes_of(type);
  };

  // What the device gets by default, and what devices without products of warpgroups get.
  for (const bool plain : {false, true}) {
    if (plain && type == Float::f32) continue;
    const std::string kernels = plain ? "mma " : "";
    const Array y(type, tokens * wide), lse(Float::f32, tokens * c.heads);
    const Attention forward{shape,
                            steps,
                            c.sequence,
                            c.causal,
                            at(qkv, 0),
                            at(qkv, wide),
                            at(qkv, wide + narrow),
                            segment_data,
                            y.data(),
                            lse.f32()};
    if (plain) {
      attention_tensor_core(nullptr, forward);
    } else {
      attention(nullptr, forward);
    }
    require(cudaGetLastError(), name.c_str());
    check(kernels + "attention " + name, distance(y.values(), expected.y), tolerance(type));
    check(kernels + "attention lse " + name, distance(lse.values(), expected.lse, 0.02), 1e-5);

    Array scratch(Float::f32, attention_grad_scratch_bytes(shape, c.sequence) / 4);
    for (const bool deterministic : {false, true}) {
      const auto run = [&](const Array& gradient) {
        scratch.poison();
        const AttentionGrad backward{shape,
                                     steps,
                                     c.sequence,
                                     c.causal,
                                     deterministic,
                                     dy.data(),
                                     at(qkv, 0),
                                     at(qkv, wide),
                                     at(qkv, wide + narrow),
                                     y.data(),
                                     lse.f32(),
                                     segment_data,
                                     steps,
                                     at(gradient, 0),
                                     at(gradient, wide),
                                     at(gradient, wide + narrow),
                                     scratch.data()};
        if (plain) {
          attention_grad_tensor_core(nullptr, backward, false);
        } else {
          attention_grad(nullptr, backward);
        }
        require(cudaGetLastError(), name.c_str());
      };
      const Array gradient(type, tokens * step), again(type, tokens * step);
      run(gradient);
      const Values all = gradient.values();
      const std::string mode = (deterministic ? " deterministic " : " ") + name;
      const auto compare = [&](const char* what, int64_t begin, int64_t width,
                               const Values& wanted) {
        check(kernels + what + mode,
              distance(part(all, step, begin, width), wanted, c.sequence == 1 ? 0.5 : 0.02),
              2 * tolerance(type));
      };
      compare("dq", 0, wide, expected.dq);
      compare("dk", wide, narrow, expected.dk);
      compare("dv", wide + narrow, narrow, expected.dv);
      if (deterministic) {
        run(again);
        check("same bits again " + name, gradient.bytes() == again.bytes() ? 0 : 1, 0);
      }
    }
  }
}

struct PagedCase {
  int64_t sequences, capacity, page_tokens, heads, kv_heads, dim;
  std::vector<int32_t> sequence, positions;
};

void test_paged(const PagedCase& c, Float type) {
  const int64_t tokens = static_cast<int64_t>(c.sequence.size());
  const AttentionShape shape{type, tokens, c.heads, c.kv_heads, c.dim, 0.2f};
  const int64_t wide = c.heads * c.dim, narrow = c.kv_heads * c.dim;
  const int64_t sequence_pages = (c.capacity + c.page_tokens - 1) / c.page_tokens;
  const int64_t pages = c.sequences * sequence_pages;
  const Array q = Array::random(type, tokens * wide, 1),
              k = Array::random(type, tokens * narrow, 2),
              v = Array::random(type, tokens * narrow, 3);
  const Array keys = Array::random(type, pages * c.page_tokens * narrow, 4),
              values = Array::random(type, pages * c.page_tokens * narrow, 5);
  std::vector<int32_t> table(pages);
  for (int64_t i = 0; i < pages; ++i) table[i] = static_cast<int32_t>(pages - 1 - i);
  for (int64_t i = 0; i + 5 < pages; i += 3) std::swap(table[i], table[i + 5]);
  const auto row_of = [&](int64_t sequence, int64_t position) {
    return table[sequence * sequence_pages + position / c.page_tokens] * c.page_tokens +
           position % c.page_tokens;
  };
  const Indices page_table(table), sequence(c.sequence), positions(c.positions);
  const FaultCell fault;
  Values key_rows = keys.values(), value_rows = values.values();
  const Values queries = q.values(), new_keys = k.values(), new_values = v.values();
  Values expected(tokens * wide);
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t row = row_of(c.sequence[t], c.positions[t]) * narrow;
    std::copy_n(new_keys.begin() + t * narrow, narrow, key_rows.begin() + row);
    std::copy_n(new_values.begin() + t * narrow, narrow, value_rows.begin() + row);
  }
  in_parallel(tokens * c.heads, [&](int64_t task) {
    const int64_t t = task / c.heads, kv = task % c.heads / (c.heads / c.kv_heads);
    Values score(c.positions[t] + 1);
    double sum = 0, peak = -INFINITY;
    for (size_t j = 0; j < score.size(); ++j) {
      const int64_t row = row_of(c.sequence[t], j) * narrow + kv * c.dim;
      for (int64_t d = 0; d < c.dim; ++d)
        score[j] += queries[task * c.dim + d] * key_rows[row + d] * 0.2f;
      peak = std::max(peak, score[j]);
    }
    for (double& s : score) sum += s = std::exp(s - peak);
    for (size_t j = 0; j < score.size(); ++j) {
      const int64_t row = row_of(c.sequence[t], j) * narrow + kv * c.dim;
      for (int64_t d = 0; d < c.dim; ++d)
        expected[task * c.dim + d] += score[j] / sum * value_rows[row + d];
    }
  });
  const Array y(type, tokens * wide);
  paged_attention(
      nullptr, {shape, contiguous_steps(shape), pages, c.page_tokens, c.sequences, sequence_pages,
                q.data(), k.data(), v.data(), keys.data(), values.data(), page_table.data(),
                sequence.data(), positions.data(), nullptr, y.data(), fault.data(), true});
  require(cudaGetLastError(), "paged attention");
  std::ostringstream name;
  name << name_of(type) << " " << tokens << " tokens, " << c.sequences << " sequences of "
       << c.capacity << ", pages of " << c.page_tokens << ", heads " << c.heads << "/" << c.kv_heads
       << " dim " << c.dim;
  check("paged attention " + name.str(), distance(y.values(), expected), tolerance(type));
  check("paged keys " + name.str(), distance(keys.values(), key_rows), 0);
  check("paged values " + name.str(), distance(values.values(), value_rows), 0);
  check("no fault " + name.str(), static_cast<int>(fault.value().kind), 0);
}

std::vector<int32_t> range(int32_t begin, int32_t count) {
  std::vector<int32_t> values(count);
  for (int32_t i = 0; i < count; ++i) values[i] = begin + i;
  return values;
}

void test_fault() {
  struct Bad {
    FaultKind kind;
    int32_t page, sequence, position, value, limit;
  };
  const AttentionShape shape{Float::bf16, 1, 2, 2, 64, 1.f};
  const Array q = Array::random(Float::bf16, 128, 1), y(Float::bf16, 128);
  const Array cache = Array::random(Float::bf16, 2 * 4 * 128, 1);
  for (const Bad& bad :
       {Bad{FaultKind::position, 1, 1, 4, 4, 4}, Bad{FaultKind::sequence, 1, -1, 0, -1, 2},
        Bad{FaultKind::page, 2, 1, 3, 2, 2}}) {
    const Indices table({0, bad.page}), sequence({bad.sequence}), positions({bad.position});
    const FaultCell fault;
    paged_attention(nullptr, {shape, contiguous_steps(shape), 2, 4, 2, 1, q.data(), q.data(),
                              q.data(), cache.data(), cache.data(), table.data(), sequence.data(),
                              positions.data(), nullptr, y.data(), fault.data(), true});
    const Fault seen = fault.value();
    const bool good = seen.kind == bad.kind && seen.value == bad.value && seen.limit == bad.limit;
    check("an index out of range is reported", good ? 0 : 1, 0);
  }
}

}  // namespace

void test_attention() {
  const Case cases[] = {
      {2, 128, 4, 4, 64, true, false, 0.125},  {2, 200, 4, 2, 64, true, false, 0.125},
      {1, 333, 6, 2, 128, false, false, 0.09}, {3, 100, 2, 1, 32, true, true, 0.2},
      {2, 257, 4, 4, 96, true, true, 0.1},     {1, 384, 4, 1, 256, true, false, 0.06},
      {1, 130, 2, 2, 136, false, true, -0.1},  {2, 1, 2, 2, 64, true, false, 1.0},
      {3, 17, 3, 1, 8, false, false, 0.3},     {1, 700, 8, 2, 128, true, true, 0.09},
      {2, 640, 2, 2, 64, true, true, 0.125},   {1, 512, 2, 2, 64, false, false, -0.125}};
  for (const Case& c : cases) {
    for (const Float type : {Float::bf16, Float::f16, Float::f32}) test_case(c, type);
  }
  // Some tokens of every sequence; two sequences that meet within a block; a row written twice.
  std::vector<int32_t> many(40), many_positions(40), two(300), two_positions(300);
  for (int32_t i = 0; i < 40; ++i) many[i] = i, many_positions[i] = i * 7 % 90;
  for (int32_t i = 0; i < 300; ++i) two[i] = i < 170, two_positions[i] = i < 170 ? 20 + i : i - 170;
  std::vector<int32_t> twice = range(10, 30);
  twice[3] = twice[20];
  const PagedCase paged[] = {{1, 600, 16, 32, 4, 64, {0}, {511}},
                             {3, 100, 100, 4, 4, 64, {2}, {0}},
                             {2, 9000, 64, 32, 8, 128, {1}, {8200}},
                             {4, 300, 7, 8, 8, 128, {3, 0, 1}, {299, 17, 64}},
                             {2, 300, 32, 4, 2, 256, {1, 0}, {200, 33}},
                             {2, 90, 16, 40, 2, 96, {1, 1, 1}, {7, 8, 9}},
                             {40, 90, 16, 4, 2, 64, many, many_positions},
                             {2, 400, 16, 4, 2, 128, std::vector<int32_t>(300, 1), range(20, 300)},
                             {2, 400, 128, 4, 2, 64, two, two_positions},
                             {2, 400, 16, 4, 2, 8, std::vector<int32_t>(20, 1), range(100, 20)},
                             {1, 400, 16, 4, 2, 64, std::vector<int32_t>(30, 0), twice}};
  for (const PagedCase& c : paged) {
    for (const Float type : {Float::bf16, Float::f16, Float::f32}) test_paged(c, type);
  }
  test_fault();
}

}  // namespace lmos::cuda::testing
