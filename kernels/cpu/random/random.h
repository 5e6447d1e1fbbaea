// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011).
//
// For element i of site s with state {seed, step}: key = halves of seed, low first; counter = (low
// and high half of ⌊i/4⌋, s, low half of step); word i mod 4; u = (word >> 8) · 2⁻²⁴.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct RandomUniform {
  const int64_t* state;  // seed, step
  uint32_t site;
  int64_t count;  // elements
  float* y;
};

// y = u ≥ rate ? x · scale : 0
struct Dropout {
  Float type;
  const int64_t* state;  // seed, step
  uint32_t site;
  float rate;     // rounded up, so that u ≥ rate means what it does for the exact rate
  float scale;    // 1 / (1 − rate)
  int64_t count;  // elements
  const void* x;
  void* y;
};

struct RandomKernels {
  void (*random_uniform)(const Parallel& parallel, const RandomUniform& args);
  void (*dropout)(const Parallel& parallel, const Dropout& args);
};

}  // namespace lmos::cpu
