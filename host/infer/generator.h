// Continues prompts: schedules many sequences over the slots of one cached model, samples, and
// watches for ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "components/tokenizer.h"
#include "infer/cached_model.h"
#include "infer/sampling.h"

namespace lmos::infer {

struct GenerationRequest {
  std::vector<int32_t> prompt_ids;  // at least one
  int64_t max_tokens = 0;           // new ones
  SamplingOptions sampling;
  std::vector<std::string> stop;  // ends before the first of these in the new text
  uint64_t sequence = 0;          // index of the continuation within its request; see DrawPlace
  // Text as it becomes certain; may be empty.
  std::function<void(std::string_view)> on_text;
};

enum class FinishReason { kEndOfText, kStopString, kLength, kCancelled };

std::string_view finish_reason_text(FinishReason reason);  // "end_of_text", ...

struct GenerationResult {
  std::vector<int32_t> ids;  // new ones, without the end-of-text token
  std::string text;          // of the new ones; ends before a stop string
  FinishReason reason = FinishReason::kLength;
};

struct GenerationStatistics {
  int64_t prompt_tokens = 0, new_tokens = 0;
  double prefill_seconds = 0, decode_seconds = 0;
};

class Generator {
 public:
  // All three outlive it. `end_ids`: tokens that end a text.
  Generator(CachedModel& model, const components::Tokenizer& tokenizer,
            std::vector<int32_t> end_ids);

  // Error(kInput) names the first request that has no tokens or does not fit the cache.
  void check(const std::vector<GenerationRequest>& requests) const;

  // Checks and continues every request; results in the order of the requests. A request whose
  // result does not depend on the others: the same as alone. `cancelled`, if not null, is watched
  // between steps. `on_done(index)` is called as each ends. Error(kInput) names a request that does
  // not fit the cache.
  std::vector<GenerationResult> run(const std::vector<GenerationRequest>& requests,
                                    const std::atomic<bool>* cancelled = nullptr,
                                    const std::function<void(size_t)>& on_done = {});

  const GenerationStatistics& statistics() const { return statistics_; }

 private:
  CachedModel& model_;
  const components::Tokenizer& tokenizer_;
  std::vector<int32_t> end_ids_;
  Sampler sampler_;
  GenerationStatistics statistics_;
};

}  // namespace lmos::infer
