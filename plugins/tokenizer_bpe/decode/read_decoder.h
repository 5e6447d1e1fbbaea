#pragma once

#include <optional>
#include <vector>

#include "tokenizer_bpe/decode/stage.h"
#include "tokenizer_bpe/json/cursor.h"

namespace lmos::bpe {

// The stages of a file's `decoder`, in order. Throws TokenizerError for an unknown type.
std::vector<DecodeStageFactory> read_decoder(const std::optional<JsonCursor>& json);

}  // namespace lmos::bpe
