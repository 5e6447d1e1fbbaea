// Steps of the op adamw, with the constants that the trainer gives it, against torch.optim.AdamW
// 2.11 in float64 with the betas as given.
#include <gtest/gtest.h>

#include <cmath>

#include "train/adamw.h"

namespace lmos::train {
namespace {

// docs/ops.md, adamw.
void update(double& p, double& m, double& v, double g, const std::array<float, 7>& hyper) {
  const auto [lr, beta1, beta2, epsilon, decay, correction1, correction2] = hyper;
  p -= double{lr} * decay * p;
  m = double{beta1} * m + (1 - double{beta1}) * g;
  v = double{beta2} * v + (1 - double{beta2}) * g * g;
  p -= double{lr} / correction1 * m / (std::sqrt(v) / std::sqrt(double{correction2}) + epsilon);
}

double gradient(size_t parameter, int64_t t) {
  const auto step = static_cast<double>(t);
  if (parameter == 0) return 0.1 * (static_cast<double>(t % 7) - 2.5);
  return parameter == 1 ? 1e-3 * static_cast<double>(1 + t % 3) : -2.0 / (1 + step);
}

struct Case {
  double beta2, decay;
  std::array<double, 3> after1, after2, after10, after300;
};

const Case kCases[] = {
    {0.999,
     0.01,
     {1.00098999996, -0.5009949900001001, 0.250997499995},
     {1.0019374801896865, -0.5019551559726293, 0.25192716965291495},
     {1.0027146920286756, -0.5093944359508318, 0.25768744411555017},
     {0.9301254201716546, -0.7767585131585131, 0.2868994036435655}},
    {0.95,
     0.1,
     {1.0008999999600001, -0.5009499900001, 0.250974999995},
     {1.001763116216242, -0.5018578748578189, 0.25188919555730704},
     {1.001869313930082, -0.5088777381784737, 0.25777058690054483},
     {0.9048661755966515, -0.7590732944131701, 0.4421675668160762}},
};

TEST(AdamW, MovesParametersAsPyTorchDoes) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.beta2);
    const AdamW adamw{0.9, c.beta2, 1e-8, c.decay};
    const std::array<double, 3> start = {1.0, -0.5, 0.25};
    std::array<double, 3> p = start, m = {}, v = {};
    for (int64_t t = 0; t < 300; ++t) {
      const auto hyper = adamw_hyper(adamw, t, 1e-3);
      for (size_t i = 0; i < 3; ++i) update(p[i], m[i], v[i], gradient(i, t), hyper);
      const auto* expected = t == 0     ? &c.after1
                             : t == 1   ? &c.after2
                             : t == 9   ? &c.after10
                             : t == 299 ? &c.after300
                                        : nullptr;
      if (expected == nullptr) continue;
      for (size_t i = 0; i < 3; ++i) {
        const double moved = (*expected)[i] - start[i];
        EXPECT_NEAR(p[i] - start[i], moved, 2e-6 * std::abs(moved)) << "step " << t + 1;
      }
    }
  }
}

}  // namespace
}  // namespace lmos::train
