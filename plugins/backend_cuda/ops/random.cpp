// random_uniform, dropout.
#include "cuda/random/random.h"

#include <cmath>

#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

uint32_t site_of(const Node& node, const Tensor& state) {
  node.require(state.dtype == LMOS_I64 && state.has_dims({2}), "an i64 state [2]");
  const int64_t site = node.integer("site");
  node.require(site >= 0 && site <= UINT32_MAX, "a site in [0, 2^32)");
  return static_cast<uint32_t>(site);
}

}  // namespace

Prepared prepare_random_uniform(const Node& node, const Device&) {
  node.require_operands(1, 0, 1);
  const Tensor y = node.output(0);
  node.require(y.dtype == LMOS_F32, "an f32 output");
  return {[site = site_of(node, node.input(0)), count = y.elements](const Run& run) {
    cuda::random_uniform(run.stream, run.as<int64_t>(0), site, count, run.as<float>(1));
  }};
}

Prepared prepare_dropout(const Node& node, const Device&) {
  node.require_operands(2, 0, 1);
  const Tensor x = node.input(0);
  node.require(x.is_float() && x.same_type(node.output(0)), "f32, bf16 or f16 of one type");
  const double rate = node.number("rate");
  node.require(rate >= 0 && rate < 1, "a rate in [0, 1)");
  // The least float that is not below the rate: comparing with it equals comparing with the rate.
  float threshold = static_cast<float>(rate);
  if (static_cast<double>(threshold) < rate) threshold = std::nextafter(threshold, 1.f);
  return {[=, site = site_of(node, node.input(1)), type = float_type(x),
           scale = static_cast<float>(1 / (1 - rate)), count = x.elements](const Run& run) {
    cuda::dropout(run.stream, type, run.as<int64_t>(1), site, threshold, scale, count, run[0],
                  run[2]);
  }};
}

}  // namespace lmos::backend_cuda
