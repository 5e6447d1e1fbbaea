#include "cpu/norm/layer_norm_reference.h"

#include <cmath>
#include <vector>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void layer_norm(const LayerNorm& args) {
  const int64_t embed = args.embed;
  const auto count = static_cast<double>(embed);
  const Reader x(args.type, args.x);
  const Reader weight(args.weight_type, args.weight), bias(args.weight_type, args.bias);
  const Writer y(args.type, args.y);
  for (int64_t row = 0; row < args.rows; ++row) {
    double mean = 0, variance = 0;
    for (int64_t i = row * embed; i < (row + 1) * embed; ++i) mean += x[i] / count;
    for (int64_t i = row * embed; i < (row + 1) * embed; ++i)
      variance += (x[i] - mean) * (x[i] - mean) / count;
    const double rstd = 1 / std::sqrt(variance + args.epsilon);
    for (int64_t i = 0; i < embed; ++i)
      y.set(row * embed + i, (x[row * embed + i] - mean) * rstd * weight[i] + bias[i]);
    args.mean[row] = static_cast<float>(mean);
    args.rstd[row] = static_cast<float>(rstd);
  }
}

void layer_norm_grad(const LayerNormGrad& args) {
  const int64_t embed = args.embed;
  const auto count = static_cast<double>(embed);
  const Reader dy(args.type, args.dy), x(args.type, args.x);
  const Reader weight(args.weight_type, args.weight);
  const Writer dx(args.type, args.dx);
  std::vector<double> dweight(static_cast<size_t>(embed)), dbias(static_cast<size_t>(embed));
  for (int64_t row = 0; row < args.rows; ++row) {
    const auto h = [&](int64_t i) {
      return (x[row * embed + i] - double{args.mean[row]}) * args.rstd[row];
    };
    double level = 0, slope = 0;
    for (int64_t i = 0; i < embed; ++i) {
      const double d = dy[row * embed + i];
      level += d * weight[i] / count;
      slope += d * weight[i] * h(i) / count;
      dweight[i] += d * h(i);
      dbias[i] += d;
    }
    for (int64_t i = 0; i < embed; ++i) {
      const int64_t at = row * embed + i;
      dx.set(at, args.rstd[row] * (dy[at] * weight[i] - level - h(i) * slope));
    }
  }
  for (int64_t i = 0; i < embed; ++i) {
    Writer(args.weight_type, args.dweight).set(i, dweight[i]);
    Writer(args.weight_type, args.dbias).set(i, dbias[i]);
  }
}

}  // namespace lmos::cpu::reference
