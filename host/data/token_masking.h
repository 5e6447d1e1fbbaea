// Which tokens are hidden from an encoder that is to tell them (Devlin et al. 2019, section 3.1).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "random/draws.h"

namespace lmos::data {

struct MaskingOptions {
  double share = 0.15;                           // of the tokens that may be chosen
  const std::vector<bool>* continues = nullptr;  // by id: goes on with a word; null: single tokens
  int32_t mask = 0;                              // the token that stands for a hidden one
  int32_t vocab_size = 0;
};

// Chooses `places` of `ids` at random, `share` of them rounded but at least one, whole words if
// asked and at most `most`, and hides them in `ids`: 80 % become the mask, 10 % a random token, 10
// % stay. Returns the chosen places, ascending.
std::vector<int32_t> hide_tokens(std::span<int32_t> ids, std::span<const int32_t> places,
                                 int64_t most, const MaskingOptions& options, random::Draws& draws);

}  // namespace lmos::data
