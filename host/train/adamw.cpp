#include "train/adamw.h"

#include <cmath>

namespace lmos::train {

std::array<float, 7> adamw_hyper(const AdamW& adamw, int64_t step, double learning_rate) {
  const auto beta1 = static_cast<float>(adamw.beta1), beta2 = static_cast<float>(adamw.beta2);
  const double t = static_cast<double>(step) + 1;
  const auto correction = [t](float beta) {
    return static_cast<float>(1 - std::pow(static_cast<double>(beta), t));
  };
  return {static_cast<float>(learning_rate),
          beta1,
          beta2,
          static_cast<float>(adamw.epsilon),
          static_cast<float>(adamw.weight_decay),
          correction(beta1),
          correction(beta2)};
}

}  // namespace lmos::train
