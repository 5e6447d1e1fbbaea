// Lets a model write the texts that are to be judged.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/written_texts.h"
#include "infer/text_model.h"

namespace lmos::evaluate {

struct WritingOptions {
  int64_t max_tokens = 0;
  std::vector<std::string> stop;  // a text ends before the first of these
};

// Fills in each `prediction` by what the model writes after `prompt`, or after the messages in the
// form of its chat template, always taking the likeliest token. False if `cancelled` stopped it.
// Error(kInput) with its place for a prompt that has no tokens or leaves no room for max_tokens,
// and for messages that the template refuses. `progress` counts texts.
bool write_texts(infer::TextModel& model, std::span<WrittenText> texts,
                 const WritingOptions& options, const std::atomic<bool>& cancelled,
                 const std::function<void(uint64_t done, uint64_t total)>& progress);

}  // namespace lmos::evaluate
