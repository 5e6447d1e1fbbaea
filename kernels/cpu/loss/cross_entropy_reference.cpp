#include "cpu/loss/cross_entropy_reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void linear_cross_entropy(const LinearCrossEntropyShape& shape,
                          const LinearCrossEntropyGradArgs& args) {
  const int64_t vocab = shape.vocab, embed = shape.embed;
  const Reader x(shape.type, args.x), w(shape.type, args.w);
  const Reader bias(shape.bias_type, args.bias);
  std::vector<double> logits(static_cast<size_t>(vocab)), dw(static_cast<size_t>(vocab * embed));
  std::vector<double> dbias(static_cast<size_t>(vocab));
  for (int64_t t = 0; t < shape.tokens; ++t) {
    for (int64_t v = 0; v < vocab; ++v) {
      logits[v] = shape.bias ? bias[v] : 0;
      for (int64_t e = 0; e < embed; ++e) logits[v] += x[t * embed + e] * w[v * embed + e];
    }
    const double highest = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (const double logit : logits) total += std::exp(logit - highest);
    const double lse = highest + std::log(total);
    const int32_t label = args.labels[t];
    const bool ignored = label == shape.ignore;
    args.lse[t] = static_cast<float>(lse);
    args.loss[t] = ignored ? 0.f : static_cast<float>(lse - logits[label]);
    std::vector<double> dx(static_cast<size_t>(embed));
    for (int64_t v = 0; v < vocab && !ignored; ++v) {
      const double slope =
          args.dloss[t * args.dloss_step] * (std::exp(logits[v] - lse) - (v == label));
      dbias[v] += slope;
      for (int64_t e = 0; e < embed; ++e) {
        dx[e] += slope * w[v * embed + e];
        dw[v * embed + e] += slope * x[t * embed + e];
      }
    }
    for (int64_t e = 0; e < embed; ++e) Writer(shape.type, args.dx).set(t * embed + e, dx[e]);
  }
  for (size_t i = 0; i < dw.size(); ++i) Writer(shape.weight_grad_type, args.dw).set(i, dw[i]);
  for (int64_t v = 0; v < vocab && shape.bias; ++v)
    Writer(shape.bias_type, args.dbias).set(v, dbias[v]);
}

}  // namespace lmos::cpu::reference
