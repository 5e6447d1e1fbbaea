// A tokenizer.json as the vocabulary in a GGUF file's metadata.
#pragma once

#include <optional>
#include <string>

#include "formats/gguf_metadata.h"
#include "formats/json.h"

namespace lmos {

// Adds tokenizer.ggml.* entries with which llama.cpp encodes as the tokenizer does: byte-level BPE
// becomes kind "gpt2", BPE of SentencePiece "llama", WordPiece "bert", Unigram "t5". `config`: the
// model's config.json, for the size of its vocabulary, which is filled up with unused tokens, and
// the ids of special tokens. `where` names the tokenizer.json.
//
// Returns why nothing was added where GGUF has no such kind of tokenizer. Error(kInput) for what is
// malformed, or a vocabulary larger than the model's.
std::optional<std::string> add_gguf_tokenizer(const Json& tokenizer, const Json& config,
                                              const std::string& where,
                                              GgufMetadataBuilder& metadata);

}  // namespace lmos
