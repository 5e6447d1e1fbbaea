// Rotary position embedding, as docs/ops.md has it.
#pragma once

#include <cmath>

#include "convert.h"

namespace lmos::reference {

// y = x turned by position · frequency (direction 1), or back (−1). x, y: [tokens, heads, 2 half].
template <class T>
void rotate(const T* x, T* y, const int32_t* positions, const float* frequencies, double direction,
            int64_t tokens, int64_t heads, int64_t half) {
  using Math = math_t<T>;
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t i = 0; i < half; ++i) {
      Math angle = static_cast<Math>(positions[t]) * static_cast<Math>(frequencies[i]);
      Math cosine = std::cos(angle), sine = static_cast<Math>(direction) * std::sin(angle);
      for (int64_t h = 0; h < heads; ++h) {
        int64_t first = (t * heads + h) * 2 * half + i;
        Math a = widen(x[first]), b = widen(x[first + half]);
        y[first] = narrow<T>(a * cosine - b * sine);
        y[first + half] = narrow<T>(b * cosine + a * sine);
      }
    }
  }
}

}  // namespace lmos::reference
