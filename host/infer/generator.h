// Continues a set of prompts to their ends.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "infer/scheduler.h"

namespace lmos::infer {

struct GenerationResult {
  std::vector<int32_t> ids;  // new ones, without the end-of-text token
  std::string text;          // of the new ones; ends before a stop string
  FinishReason reason = FinishReason::kCancelled;
};

// A cache in which all requests fit, of which so many decode together as reading the weights once
// for all of them is worth. `context`: the model's longest sequence; 0: any.
CacheShape cache_for(const std::vector<GenerationRequest>& requests, int64_t context);

// One thread at a time.
class Generator {
 public:
  // All outlive it. `end_ids`: tokens that end a text.
  Generator(CachedModel& model, const components::Tokenizer& tokenizer,
            std::vector<int32_t> end_ids)
      : scheduler_(model, tokenizer, std::move(end_ids)) {}

  // Error(kInput) names the first request that has no tokens or does not fit the cache.
  void check(const std::vector<GenerationRequest>& requests) const;

  struct Events {
    std::function<void(size_t index, std::string_view text)> on_text;  // as it becomes certain
    // Not of what was cancelled.
    std::function<void(size_t index)> on_done;
  };
  // Checks and continues every request; results in the order of the requests. `cancelled`, if not
  // null, is watched between steps.
  std::vector<GenerationResult> run(const std::vector<GenerationRequest>& requests,
                                    const std::atomic<bool>* cancelled = nullptr,
                                    const Events& events = {});

  SchedulerStatistics statistics() const { return scheduler_.statistics(); }

 private:
  Scheduler scheduler_;
};

}  // namespace lmos::infer
