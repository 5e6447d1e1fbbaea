#include "formats/rope_factors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lmos {
namespace {

double wavelength(double theta, int64_t rotary, size_t i) {
  return 2 * std::numbers::pi *
         std::pow(theta, 2 * static_cast<double>(i) / static_cast<double>(rotary));
}

constexpr double kTolerance = 1e-4;

// s = slope * original_context / wavelength + intercept, through the frequencies between the ends.
struct Line {
  double slope, intercept;
};

std::optional<Line> line_through(std::span<const float> factors, double theta, double factor,
                                 double original_context) {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  const auto rotary = static_cast<int64_t>(2 * factors.size());
  for (size_t i = 0; i < factors.size(); ++i) {
    const double divisor = factors[i];
    if (divisor <= 1 + kTolerance || divisor >= factor * (1 - kTolerance)) continue;
    const double x = original_context / wavelength(theta, rotary, i);
    const double y = (1 / divisor - 1 / factor) / (1 - 1 / factor);
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double spread = n * sxx - sx * sx;
  if (n < 2 || spread <= 0) return std::nullopt;
  const double slope = (n * sxy - sx * sy) / spread;
  return Line{slope, (sy - slope * sx) / n};
}

// Such factors are short decimals in the files that people write.
double rounded(double value) { return std::round(value * 1000) / 1000; }

bool close(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(
      a, b, [](float x, float y) { return std::abs(x - y) <= kTolerance * std::abs(y); });
}

}  // namespace

std::vector<float> llama3_rope_factors(const Llama3RopeScaling& scaling, double theta,
                                       int64_t rotary) {
  std::vector<float> factors(static_cast<size_t>(rotary / 2));
  const auto context = static_cast<double>(scaling.original_context);
  for (size_t i = 0; i < factors.size(); ++i) {
    const double turns = context / wavelength(theta, rotary, i);
    double s =
        (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
    s = std::clamp(s, 0.0, 1.0);
    factors[i] = static_cast<float>(1 / ((1 - s) / scaling.factor + s));
  }
  return factors;
}

std::optional<Llama3RopeScaling> llama3_scaling_of(std::span<const float> factors, double theta,
                                                   int64_t original_context) {
  if (factors.empty() || original_context <= 0) return std::nullopt;
  Llama3RopeScaling scaling;
  scaling.factor = *std::ranges::max_element(factors);
  scaling.original_context = original_context;
  if (!std::isfinite(scaling.factor) || scaling.factor <= 1) return std::nullopt;
  const auto gives = [&] {
    return close(llama3_rope_factors(scaling, theta, static_cast<int64_t>(2 * factors.size())),
                 factors);
  };
  if (gives()) return scaling;  // the factors that every published model has
  const auto line =
      line_through(factors, theta, scaling.factor, static_cast<double>(original_context));
  if (!line || line->slope <= 0) return std::nullopt;
  scaling.low_freq_factor = rounded(-line->intercept / line->slope);
  scaling.high_freq_factor = rounded((1 - line->intercept) / line->slope);
  if (gives()) return scaling;
  return std::nullopt;
}

}  // namespace lmos
