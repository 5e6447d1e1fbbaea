#include "cpu/optimizer/optimizer_reference.h"

#include <cmath>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void adamw(const Adamw& args) {
  if (!std::isfinite(*args.clip)) return;
  const double rate = args.hyper[0], beta1 = args.hyper[1], beta2 = args.hyper[2];
  for (int64_t i = 0; i < args.count; ++i) {
    const double g = static_cast<double>(*args.clip) * Reader(args.gradient_type, args.gradient)[i];
    double p = Reader(args.parameter_type, args.parameter)[i];
    if (args.decay) p -= rate * args.hyper[4] * p;
    const double m = beta1 * Reader(args.moment_type, args.m)[i] + (1 - beta1) * g;
    const double v = beta2 * Reader(args.moment_type, args.v)[i] + (1 - beta2) * g * g;
    p -= rate / args.hyper[5] * m / (std::sqrt(v) / std::sqrt(args.hyper[6]) + args.hyper[3]);
    Writer(args.parameter_type, args.parameter).set(i, p);
    Writer(args.moment_type, args.m).set(i, m);
    Writer(args.moment_type, args.v).set(i, v);
  }
}

double sum_of_squares(const SumOfSquares& args) {
  double sum = 0;
  for (int64_t i = 0; i < args.count; ++i) {
    const double x = Reader(args.type, args.x)[i];
    sum += x * x;
  }
  return sum;
}

}  // namespace lmos::cpu::reference
