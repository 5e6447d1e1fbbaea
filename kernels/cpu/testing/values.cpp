#include "cpu/testing/values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace lmos::cpu::testing {

Values::Values(Float type, int64_t count)
    : type_(type), count_(count), storage_(static_cast<size_t>(count * bytes_of(type) + 63) / 64) {}

Values Values::random(Float type, int64_t count, uint32_t seed, double deviation) {
  Values values(type, count);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.f, static_cast<float>(deviation));
  for (int64_t i = 0; i < count; ++i) values.set(i, normal(generator));
  return values;
}

double distance(const Values& a, const Values& b) {
  double squares = 0;
  for (int64_t i = 0; i < b.count(); ++i) squares += std::isfinite(b[i]) ? b[i] * b[i] : 0;
  const double scale = std::sqrt(squares / static_cast<double>(std::max<int64_t>(1, b.count())));
  double largest = 0;
  for (int64_t i = 0; i < b.count(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i]))
      return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(a[i] - b[i]) / (std::abs(b[i]) + scale));
  }
  return largest;
}

}  // namespace lmos::cpu::testing
