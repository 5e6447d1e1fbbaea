// What a pipeline tells of its run while it goes on, whatever its kind.
#pragma once

#include <cstdint>
#include <string_view>

#include "train/run_events.h"

namespace lmos {

// Called on the thread that runs the pipeline, in order.
class RunListener : public train::RunEvents {
 public:
  // A long call before the first step, or in place of steps: learning a tokenizer, tokenising,
  // evaluating, generating. `total` 0: unknown.
  virtual void on_work(std::string_view what, uint64_t done, uint64_t total) = 0;
};

}  // namespace lmos
