// Frequencies of rotary position embeddings, by the formulas of Hugging Face transformers.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace lmos::sdk {

enum class RopeScaling { kNone, kLinear, kLlama3 };

struct Rope {
  double theta = 10000;
  RopeScaling scaling = RopeScaling::kNone;
  double factor = 1;  // kLinear, kLlama3
  // kLlama3: wavelengths below original_context / high_freq_factor stay, those above
  // original_context / low_freq_factor are stretched by `factor`, those between are blended.
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  int64_t original_context = 8192;  // tokens

  // Of pair i of head_dim / 2: radians a position.
  double frequency(int64_t i, int64_t head_dim) const {
    const double plain =
        1.0 / std::pow(theta, static_cast<double>(2 * i) / static_cast<double>(head_dim));
    if (scaling == RopeScaling::kNone) return plain;
    if (scaling == RopeScaling::kLinear) return plain / factor;
    const double context = static_cast<double>(original_context);
    const double wavelength = 2 * std::numbers::pi / plain;  // tokens
    if (wavelength < context / high_freq_factor) return plain;
    if (wavelength > context / low_freq_factor) return plain / factor;
    const double smooth =
        (context / wavelength - low_freq_factor) / (high_freq_factor - low_freq_factor);
    return (1 - smooth) * plain / factor + smooth * plain;
  }

  std::vector<double> frequencies(int64_t head_dim) const {
    std::vector<double> all;
    for (int64_t i = 0; i < head_dim / 2; ++i) all.push_back(frequency(i, head_dim));
    return all;
  }
};

}  // namespace lmos::sdk
