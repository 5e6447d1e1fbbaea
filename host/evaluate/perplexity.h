// Perplexity of a causal model on documents, window by window.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "infer/text_model.h"
#include "runtime/thread_pool.h"

namespace lmos::evaluate {

struct PerplexityOptions {
  int64_t context = 0;  // most tokens that the model reads at once
  int64_t stride = 0;   // tokens that each further window scores, 1 to context
};

struct Perplexity {
  double loss = 0;            // mean over the scored tokens, in nats
  double standard_error = 0;  // of the loss, from the differences between windows
  int64_t tokens = 0;         // scored ones
  int64_t documents = 0;
  int64_t bytes = 0;       // of UTF-8
  int64_t characters = 0;  // Unicode code points

  double perplexity() const;
  // All the loss, in bits, over the text that it is for.
  double bits_per_byte() const;
  double bits_per_character() const;
};

// Each document is scored on its own: after what the tokenizer puts before a text, or an
// end-of-text token, or else without its first token. The first window scores all of its tokens;
// each further one ends `stride` tokens later, scores only those, and reads as many before them as
// the context holds. `next` replaces its argument by the next document; false after the last.
// `progress(bytes)` counts what is scored and stops the work by returning false:
// Error(kInterrupted). Error(kInput) when there is nothing to score.
Perplexity measure_perplexity(infer::TextModel& model, runtime::ThreadPool& threads,
                              const std::function<bool(std::string&)>& next,
                              const PerplexityOptions& options,
                              const std::function<bool(uint64_t bytes)>& progress);

}  // namespace lmos::evaluate
