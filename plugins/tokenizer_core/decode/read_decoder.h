#pragma once

#include <optional>
#include <vector>

#include "tokenizer_core/decode/stage.h"
#include "tokenizer_core/json/cursor.h"

namespace lmos::tokenizer {

// The stages of a file's `decoder`, in order. Throws TokenizerError for an unknown type.
std::vector<DecodeStageFactory> read_decoder(const std::optional<JsonCursor>& json);

}  // namespace lmos::tokenizer
