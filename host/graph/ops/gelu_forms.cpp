#include "graph/ops/gelu_forms.h"

namespace lmos::graph {

ValueId gelu_tanh(Builder& b, ValueId x) {
  const ValueId factor = shifted(b, scaled(b, b.mul(x, x), kGeluCubic), 1);
  return b.one("tanh", {scaled(b, b.mul(x, factor), kGeluTanhScale)});
}

ValueId normal_distribution(Builder& b, ValueId x) {
  return scaled(b, shifted(b, b.one("erf", {scaled(b, x, 1 / std::numbers::sqrt2)}), 1), 0.5);
}

}  // namespace lmos::graph
