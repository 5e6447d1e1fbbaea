// What gelu and its gradient share: the constants of both forms (Hendrycks and Gimpel 2016).
#pragma once

#include <cmath>
#include <numbers>

#include "graph/ops/emit.h"

namespace lmos::graph {

inline constexpr double kGeluCubic = 0.044715;
inline const double kGeluTanhScale = std::sqrt(2 / std::numbers::pi);

// tanh(√(2/π) (x + 0.044715 x³)), of x in the wide dtype.
ValueId gelu_tanh(Builder& builder, ValueId x);
// Φ(x), the standard normal distribution.
ValueId normal_distribution(Builder& builder, ValueId x);

}  // namespace lmos::graph
