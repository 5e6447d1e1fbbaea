// The engine's encodings and lengths as lmos.tokenizer/1 has them.
#pragma once

#include <optional>
#include <string_view>

#include "llmasos/tokenizer.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {

std::optional<Truncation> truncation_of(const lmos_encode_options& options);

// Hands `sink` the windows, with their offsets in bytes and code points.
void hand_on(const Windows& windows, std::string_view first,
             const std::optional<std::string_view>& second, lmos_encoding_sink sink);

void fill_length_settings(const Tokenizer& tokenizer, lmos_length_settings& settings);

}  // namespace lmos::tokenizer
