#include "cpu/norm/rms_norm_reference.h"

#include <cmath>
#include <vector>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void rms_norm(const RmsNorm& args) {
  const int64_t embed = args.embed;
  const Reader weight(args.weight_type, args.weight);
  for (int64_t row = 0; row < args.rows; ++row) {
    Reader x(args.type, args.x);
    if (args.residual != nullptr) {
      const Reader residual(args.type, args.residual);
      const Writer sum(args.type, args.sum);
      for (int64_t i = row * embed; i < (row + 1) * embed; ++i) sum.set(i, x[i] + residual[i]);
      x = Reader(args.type, args.sum);
    }
    double squares = 0;
    for (int64_t i = 0; i < embed; ++i) squares += x[row * embed + i] * x[row * embed + i];
    const double rstd = 1 / std::sqrt(squares / static_cast<double>(embed) + args.epsilon);
    args.rstd[row] = static_cast<float>(rstd);
    const Writer y(args.type, args.y);
    for (int64_t i = 0; i < embed; ++i)
      y.set(row * embed + i, x[row * embed + i] * rstd * weight[i]);
  }
}

void rms_norm_grad(const RmsNormGrad& args) {
  const int64_t embed = args.embed;
  const Reader dy(args.type, args.dy), x(args.type, args.x);
  const Reader weight(args.weight_type, args.weight);
  const Writer dx(args.type, args.dx);
  std::vector<double> dweight(static_cast<size_t>(embed));
  for (int64_t row = 0; row < args.rows; ++row) {
    const double rstd = args.rstd[row];
    double mean = 0;
    for (int64_t i = 0; i < embed; ++i) {
      const int64_t at = row * embed + i;
      mean += dy[at] * weight[i] * x[at] * rstd / static_cast<double>(embed);
      dweight[i] += dy[at] * x[at] * rstd;
    }
    for (int64_t i = 0; i < embed; ++i) {
      const int64_t at = row * embed + i;
      dx.set(at, rstd * (dy[at] * weight[i] - x[at] * rstd * mean));
    }
  }
  for (int64_t i = 0; i < embed; ++i) Writer(args.weight_type, args.dweight).set(i, dweight[i]);
}

}  // namespace lmos::cpu::reference
