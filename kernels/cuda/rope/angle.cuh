// The angles of rotary position embedding.
#pragma once

#include <cstdint>

namespace lmos::cuda {

// Cosine and sine of position · frequency. The product in double: at position 10⁵ a float angle is
// off by a hundredth.
__device__ inline float2 turn_of(int32_t position, float frequency) {
  constexpr double kTurn = 6.283185307179586476925;
  double angle = static_cast<double>(position) * frequency;
  angle -= rint(angle / kTurn) * kTurn;
  float sine, cosine;
  sincosf(static_cast<float>(angle), &sine, &cosine);
  return {cosine, sine};
}

}  // namespace lmos::cuda
