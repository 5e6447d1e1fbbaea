#include "train/initialize.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "random/philox.h"

namespace lmos::train {
namespace {

// FNV-1a: gives each parameter a stream of its own.
uint32_t hash(std::string_view name) {
  uint32_t value = 2166136261u;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value;
}

// Four normal variates from four words: Box and Muller 1958.
std::array<float, 4> normals(const random::Words& words) {
  std::array<float, 4> result;
  for (int pair = 0; pair < 2; ++pair) {
    const double u = (words[2 * pair] + 0.5) * 0x1p-32;
    const double angle = 2 * std::numbers::pi * (words[2 * pair + 1] * 0x1p-32);
    const double radius = std::sqrt(-2 * std::log(u));
    result[2 * pair] = static_cast<float>(radius * std::cos(angle));
    result[2 * pair + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return result;
}

}  // namespace

void initialize(const graph::Parameter& parameter, uint64_t seed, std::span<float> values) {
  if (parameter.init != graph::Init::kNormal) {
    std::ranges::fill(values, parameter.init == graph::Init::kOnes ? 1.0f : 0.0f);
    return;
  }
  const uint32_t stream = hash(parameter.name);
  const float scale = static_cast<float>(parameter.init_scale);
  for (size_t i = 0; i < values.size(); i += 4) {
    const uint64_t block = i / 4;
    const auto draws = normals(random::philox(
        seed, {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), stream, 0}));
    for (size_t j = 0; j < 4 && i + j < values.size(); ++j) values[i + j] = scale * draws[j];
  }
}

}  // namespace lmos::train
