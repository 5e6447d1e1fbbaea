// vocab.json with merges.txt, as GPT-2, RoBERTa and CLIP have them, as tokenizer.json.
#pragma once

#include <string>
#include <string_view>

#include "tokenizer_core/formats/tokenizer_config.h"

namespace lmos::tokenizer {

// The family follows from the configuration's tokenizer_class or, where it names none, from the
// vocabulary: CLIP's tokens end words with "</w>", RoBERTa's has "<s>", "</s>" and "<mask>". Throws
// TokenizerError, naming the file and the place.
std::string byte_pair_to_json(std::string_view vocab_json, std::string_view merges_txt,
                              const TokenizerConfig& config);

}  // namespace lmos::tokenizer
