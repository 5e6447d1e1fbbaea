// LLaMA 3's scaling of rotary frequencies, as GGUF files hold it: one divisor for each frequency.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lmos {

struct Llama3RopeScaling {
  double factor = 1;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  int64_t original_context = 8192;  // tokens
};

// What each of the `rotary` / 2 frequencies theta^(-2i/rotary) is divided by: 1 for wavelengths
// below original_context / high_freq_factor, `factor` above original_context / low_freq_factor, and
// between them 1 / ((1 - s) / factor + s) with s going from 0 to 1 linearly in
// original_context / wavelength (transformers, modeling_rope_utils.py).
std::vector<float> llama3_rope_factors(const Llama3RopeScaling& scaling, double theta,
                                       int64_t rotary);

// The scaling that gives these divisors, for a context before scaling of `original_context`;
// nothing when none does.
std::optional<Llama3RopeScaling> llama3_scaling_of(std::span<const float> factors, double theta,
                                                   int64_t original_context);

}  // namespace lmos
