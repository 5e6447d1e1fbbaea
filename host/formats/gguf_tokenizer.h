// The vocabulary in a GGUF file's metadata as tokenizer.json.
#pragma once

#include <string>

#include "formats/gguf.h"

namespace lmos {

// The text of a tokenizer.json that encodes as llama.cpp does with this file. Kinds, by
// tokenizer.ggml.model: "gpt2" becomes byte-level BPE, "llama" BPE that merges by score (the
// model's member `scores`; its list of merges is for other programs), "bert" WordPiece, "t5"
// Unigram. Error(kInput) naming `where` and the key: no vocabulary, another kind or pre-tokenizer,
// arrays of different lengths, a token that is there twice or is not UTF-8, ids that are out of
// range.
std::string tokenizer_json_from_gguf(const GgufMetadata& metadata, const std::string& where);

}  // namespace lmos
