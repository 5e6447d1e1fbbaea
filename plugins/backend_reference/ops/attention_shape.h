// What attention and its gradient share: the checked shape, and which tokens a token attends.
#pragma once

#include <algorithm>

#include "node.h"

namespace lmos::reference {

struct AttentionShape {
  int64_t tokens, heads, kv_heads, head_dim, sequence;
  double scale;
  bool causal;

  int64_t kv_head(int64_t head) const { return head / (heads / kv_heads); }
  // Tokens [first, end) that token t may attend, its segment apart.
  int64_t first(int64_t t) const { return t / sequence * sequence; }
  int64_t end(int64_t t) const { return causal ? t + 1 : first(t) + sequence; }
};

// `q`: index of the input q; k and v follow. `segments`: index of the optional input.
inline AttentionShape attention_shape(const Node& node, size_t q_index, size_t segments) {
  const Tensor &q = node.input(q_index), &k = node.input(q_index + 1), &v = node.input(q_index + 2);
  node.expect(q.rank() == 3 && k.rank() == 3 && k == v && q.dtype == k.dtype &&
                  q.dims[0] == k.dims[0] && q.last() == k.last(),
              "q [T,H,D] and k, v [T,K,D] of one dtype");
  AttentionShape shape{q.dims[0],
                       q.dims[1],
                       k.dims[1],
                       q.last(),
                       node.integer("sequence"),
                       node.number("scale"),
                       node.integer("causal") != 0};
  node.expect(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "H that is a multiple of K");
  node.expect(shape.sequence > 0 && shape.tokens % shape.sequence == 0,
              "T that is a multiple of `sequence`");
  if (node.has_input(segments)) {
    const Tensor& s = node.input(segments);
    node.expect(s.dtype == LMOS_I32 && s.dims == std::vector{shape.tokens}, "i32 segments [T]");
  }
  return shape;
}

}  // namespace lmos::reference
