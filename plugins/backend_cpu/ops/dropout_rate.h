// What nodes that drop at random have in common.
#pragma once

#include <cmath>

#include "ops/operations.h"

namespace lmos::backend_cpu {

// The attribute `site`, and the type of the input `state`, checked.
inline uint32_t site_of(const Node& node, const Tensor& state) {
  node.require(state.dtype == LMOS_I64 && state.has_dims({2}), "an i64 state [2]");
  const int64_t site = node.integer("site");
  node.require(site >= 0 && site <= UINT32_MAX, "a site in [0, 2^32)");
  return static_cast<uint32_t>(site);
}

// The attribute `rate`.
struct DropoutRate {
  float threshold;  // the least float that is not below the rate: comparing with it is the same
  float scale;      // 1 / (1 − rate)

  explicit DropoutRate(const Node& node) {
    const double rate = node.number("rate");
    node.require(rate >= 0 && rate < 1, "a rate in [0, 1)");
    threshold = static_cast<float>(rate);
    if (static_cast<double>(threshold) < rate) threshold = std::nextafter(threshold, 1.f);
    scale = static_cast<float>(1 / (1 - rate));
  }
};

}  // namespace lmos::backend_cpu
