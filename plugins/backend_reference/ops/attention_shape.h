// What attention and its gradient share: the checked shape, and which tokens a token attends.
#pragma once

#include <algorithm>

#include "kernel.h"
#include "ops/philox.h"

namespace lmos::reference {

struct AttentionShape {
  int64_t tokens, heads, kv_heads, head_dim, sequence;
  double scale;
  bool causal;
  double rate;             // of dropout
  uint32_t site;           // of dropout
  int64_t q_step, k_step;  // elements from a token of q, or of k and v, to the next

  int64_t kv_head(int64_t head) const { return head / (heads / kv_heads); }
  // Tokens [first, end) that token t may attend, its segment apart.
  int64_t first(int64_t t) const { return t / sequence * sequence; }
  int64_t end(int64_t t) const { return causal ? t + 1 : first(t) + sequence; }
  // What dropout multiplies the probability with which token t attends to u: 0 or 1 / (1 − rate).
  double kept(const int64_t* state, int64_t t, int64_t head, int64_t u) const {
    if (state == nullptr) return 1;
    int64_t row = (t / sequence * heads + head) * sequence + t % sequence;
    return uniform(state, site, row * sequence + u % sequence) >= rate ? 1 / (1 - rate) : 0;
  }
};

// What q, k and v have in common with one tensor of the three. `segments`: index of the optional
// input. q, k and v are apart, without dropout.
inline AttentionShape attention_shape(const Node& node, int64_t tokens, int64_t heads,
                                      int64_t kv_heads, int64_t head_dim, size_t segments) {
  AttentionShape shape{tokens,
                       heads,
                       kv_heads,
                       head_dim,
                       node.integer("sequence"),
                       node.number("scale"),
                       node.integer("causal") != 0,
                       0,
                       0,
                       heads * head_dim,
                       kv_heads * head_dim};
  node.expect(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "H that is a multiple of K");
  node.expect(shape.sequence > 0 && shape.tokens % shape.sequence == 0,
              "T that is a multiple of `sequence`");
  if (node.has_input(segments)) {
    const Tensor& s = node.input(segments);
    node.expect(s.dtype == LMOS_I32 && s.dims == std::vector{shape.tokens}, "i32 segments [T]");
  }
  return shape;
}

// `qkv`: index of the input [T, H + 2K, D].
inline AttentionShape packed_shape(const Node& node, size_t qkv_index, size_t segments) {
  const Tensor& qkv = node.input(qkv_index);
  const int64_t heads = node.integer("heads");
  node.expect(qkv.rank() == 3 && heads > 0 && qkv.dims[1] > heads && (qkv.dims[1] - heads) % 2 == 0,
              "qkv [T,H+2K,D]");
  AttentionShape shape =
      attention_shape(node, qkv.dims[0], heads, (qkv.dims[1] - heads) / 2, qkv.last(), segments);
  shape.q_step = shape.k_step = qkv.dims[1] * qkv.last();
  return shape;
}

// `q`: index of the input q; k and v follow. `segments`: index of the first of the optional inputs
// segments and state.
inline AttentionShape attention_shape(const Node& node, size_t q_index, size_t segments) {
  const Tensor &q = node.input(q_index), &k = node.input(q_index + 1), &v = node.input(q_index + 2);
  node.expect(q.rank() == 3 && k.rank() == 3 && k == v && q.dtype == k.dtype &&
                  q.dims[0] == k.dims[0] && q.last() == k.last(),
              "q [T,H,D] and k, v [T,K,D] of one dtype");
  AttentionShape shape = attention_shape(node, q.dims[0], q.dims[1], k.dims[1], q.last(), segments);
  if (node.has_input(segments + 1)) {
    const Tensor& state = node.input(segments + 1);
    node.expect(state.dtype == LMOS_I64 && state.dims == std::vector<int64_t>{2},
                "an i64 state [2]");
    int64_t site = node.integer("site", 0);
    shape.rate = node.number("rate");
    node.expect(shape.rate >= 0 && shape.rate < 1 && site >= 0 && site <= UINT32_MAX,
                "a rate in [0, 1) and a site in [0, 2^32)");
    shape.site = static_cast<uint32_t>(site);
  }
  return shape;
}

// The memory of optional operand `index`; null where it is absent.
template <class T>
const T* optional_operand(const Operands& operands, bool present, size_t index) {
  return present ? operands.as<T>(index) : nullptr;
}

}  // namespace lmos::reference
