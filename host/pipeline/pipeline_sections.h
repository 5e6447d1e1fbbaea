// The sections of a pipeline file, one function each. Included by schemas only: the pipeline's, and
// that of llmasosd, which shares some.
#pragma once

#include <memory>
#include <utility>

#include "pipeline/schema.h"

namespace lmos {

// Bounds that keep batch * accumulate * sequence far below the range of 64-bit integers.
inline constexpr double kMostSequences = 65'536;
inline constexpr double kMostTokens = 16'777'216;
inline constexpr double kMostSteps = 1e12;

inline ConfigTree default_of(bool value) {
  return ConfigTree::boolean(value, Place::in("default"));
}
inline ConfigTree default_of(int value) { return ConfigTree::integer(value, Place::in("default")); }
inline ConfigTree default_of(double value) {
  return ConfigTree::number(value, Place::in("default"));
}
inline ConfigTree default_of(const char* value) {
  return ConfigTree::string(value, Place::in("default"));
}

inline std::shared_ptr<const Field> each(Field element) {
  return std::make_shared<const Field>(std::move(element));
}

Field backend_section();
Field tokenizer_section();
Field dataset_section();
Field task_section();
Field model_section();
Field strategy_section();
Field optimizer_section();
Field schedule_section();
Field lora_section();
Field train_section();
Field evaluate_section();
Field checkpoint_section();
Field generate_section();

// ---- keys that several sections share ----

Field max_tokens_field(const char* doc);  // max_tokens: of a text that the model writes
Field stop_field(const char* doc);        // stop: texts that end it

}  // namespace lmos
