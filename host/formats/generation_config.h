// How a model wants to be sampled: generation_config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/json.h"

namespace lmos {

// What a model's author recommends; a request or a pipeline overrides it. Absent means that the
// file says nothing.
struct GenerationConfig {
  std::vector<int64_t> eos_token_ids;  // any of them ends a sequence; may be empty
  std::optional<int64_t> bos_token_id;
  std::optional<int64_t> pad_token_id;
  std::optional<bool> do_sample;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> min_p;
  std::optional<int64_t> top_k;
  std::optional<double> repetition_penalty;
  std::optional<int64_t> max_new_tokens;
};

// `generation`: the file's content, an object, or null where there is no such file. Token ids it
// leaves out come from `config`, the model's config.json. null counts as absent and other keys are
// ignored. `where`: the folder of both files. Error(kInput) naming file and key for a value of the
// wrong type.
GenerationConfig parse_generation_config(const Json& generation, const Json& config,
                                         const std::string& where);

}  // namespace lmos
