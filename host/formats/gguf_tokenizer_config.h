// What a GGUF file says of special tokens and of chats, as tokenizer_config.json.
#pragma once

#include "formats/gguf.h"
#include "formats/json.h"

namespace lmos {

// Special tokens by their names in transformers ("bos_token", …), and the chat template; what the
// file lacks is left out.
Json tokenizer_config_from_gguf(const GgufMetadata& metadata);

}  // namespace lmos
