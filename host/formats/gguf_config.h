// config.json from the metadata of a GGUF file, and the other way round.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "formats/gguf_metadata.h"
#include "formats/json.h"

namespace lmos {

// The tensor of factors by which LLaMA 3 scales rotary frequencies; config.json says it in numbers.
inline constexpr std::string_view kGgufRopeFactors = "rope_freqs.weight";

// What Hugging Face libraries need to open the model: architecture, sizes, position scaling, ids of
// special tokens. Error(kInput) naming the key: an architecture that is not known, a missing or
// impossible value, or a feature (experts, partial rotation, unknown scaling) that config.json of
// this architecture cannot say.
Json config_from_gguf(const GgufContents& gguf, const std::string& where);

// A tensor that the metadata of an architecture need beside the model's own.
struct ExtraGgufTensor {
  std::string name;
  std::vector<float> values;  // one dimension
};

// Adds general.architecture and the entries of the architecture to `metadata`. Returns the factors
// of rotary frequencies where the model scales them as LLaMA 3 does. `where` names the config.json.
std::vector<ExtraGgufTensor> add_gguf_config(const Json& config, const std::string& where,
                                             GgufMetadataBuilder& metadata);

}  // namespace lmos
