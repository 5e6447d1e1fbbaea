// The rotary settings of a Hugging Face config.json, in both spellings: `rope_theta` with
// `rope_scaling` (transformers 4), and `rope_parameters` (transformers 5).
#pragma once

#include "llmasos/config.hpp"
#include "llmasos/rope.hpp"

namespace lmos::llama {

// Where both spellings stand, transformers' order of precedence holds. `context`:
// max_position_embeddings.
sdk::Rope read_rope(const sdk::Config& config, int64_t context);

// Writes both spellings, so that every version of transformers reads the same frequencies.
void write_rope(sdk::ConfigWriter& writer, const sdk::Rope& rope);

}  // namespace lmos::llama
