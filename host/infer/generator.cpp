#include "infer/generator.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <list>

#include "errors/error.h"
#include "infer/active_sequence.h"

namespace lmos::infer {
namespace {

using Clock = std::chrono::steady_clock;

void check_fits(const GenerationRequest& request, size_t index, const CacheShape& shape) {
  const std::string which = "request " + std::to_string(index + 1);
  if (request.prompt_ids.empty())
    throw Error(ErrorKind::kInput,
                which + ": the prompt has no tokens; give at least one character of text");
  const int64_t needed = static_cast<int64_t>(request.prompt_ids.size()) + request.max_tokens;
  if (needed > shape.capacity)
    throw Error(ErrorKind::kInput, which + ": " + std::to_string(request.prompt_ids.size()) +
                                       " prompt tokens and " + std::to_string(request.max_tokens) +
                                       " new ones need " + std::to_string(needed) +
                                       " places, but the model's context holds " +
                                       std::to_string(shape.capacity) +
                                       "; shorten the prompt or ask for fewer tokens");
}

}  // namespace

std::string_view finish_reason_text(FinishReason reason) {
  switch (reason) {
    case FinishReason::kEndOfText:
      return "end_of_text";
    case FinishReason::kStopString:
      return "stop_string";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

Generator::Generator(CachedModel& model, const components::Tokenizer& tokenizer,
                     std::vector<int32_t> end_ids)
    : model_(model), tokenizer_(tokenizer), end_ids_(std::move(end_ids)) {}

void Generator::check(const std::vector<GenerationRequest>& requests) const {
  for (size_t i = 0; i < requests.size(); ++i) check_fits(requests[i], i, model_.shape());
}

std::vector<GenerationResult> Generator::run(const std::vector<GenerationRequest>& requests,
                                             const std::atomic<bool>* cancelled,
                                             const std::function<void(size_t)>& on_done) {
  check(requests);
  std::vector<GenerationResult> results(requests.size());
  std::deque<int32_t> free_slots;
  for (int32_t slot = 0; slot < model_.shape().sequences; ++slot) free_slots.push_back(slot);
  struct Occupied {
    ActiveSequence sequence;
    int32_t slot;
  };
  std::list<Occupied> active;
  size_t waiting = 0;
  const auto end = [&](std::list<Occupied>::iterator place, FinishReason reason) {
    const size_t index = place->sequence.index();
    results[index] = place->sequence.finish(reason);
    free_slots.push_back(place->slot);
    active.erase(place);
    if (on_done) on_done(index);
  };

  std::vector<Token> tokens;
  std::vector<int32_t> rows;
  std::vector<std::list<Occupied>::iterator> sampled;
  while (waiting < requests.size() || !active.empty()) {
    if (cancelled != nullptr && cancelled->load()) {
      while (!active.empty()) end(active.begin(), FinishReason::kCancelled);
      for (; waiting < requests.size(); ++waiting)
        results[waiting].reason = FinishReason::kCancelled;
      break;
    }
    for (; waiting < requests.size() && !free_slots.empty(); ++waiting) {
      if (requests[waiting].max_tokens <= 0) {
        if (on_done) on_done(waiting);
        continue;
      }
      active.push_back({ActiveSequence(requests[waiting], tokenizer_, waiting, free_slots.front()),
                        free_slots.front()});
      free_slots.pop_front();
    }
    if (active.empty()) continue;

    // Sequences that decode come first: they wait for a reader, and cost one token each.
    tokens.clear();
    rows.clear();
    sampled.clear();
    int64_t prompt_tokens = 0;
    for (const bool prefilling : {false, true}) {
      for (auto place = active.begin(); place != active.end(); ++place) {
        const int64_t room = model_.shape().batch_tokens() - static_cast<int64_t>(tokens.size());
        if (room == 0) break;
        if (place->sequence.prefilling() != prefilling) continue;
        const size_t before = tokens.size();
        const bool needs_logits = place->sequence.take(room, tokens);
        if (prefilling) prompt_tokens += static_cast<int64_t>(tokens.size() - before);
        if (!needs_logits) continue;
        rows.push_back(static_cast<int32_t>(tokens.size()) - 1);
        sampled.push_back(place);
      }
    }

    const auto start = Clock::now();
    const std::span<const float> logits = model_.forward(tokens, rows);
    const size_t vocab = static_cast<size_t>(model_.vocab_size());
    // Models pad their vocabulary; ids that the tokenizer does not have are never drawn.
    const size_t known = std::min<size_t>(vocab, tokenizer_.vocab_size());
    for (size_t i = 0; i < sampled.size(); ++i) {
      const auto reason =
          sampled[i]->sequence.advance(logits.subspan(i * vocab, known), sampler_, end_ids_);
      if (reason) end(sampled[i], *reason);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    statistics_.prompt_tokens += prompt_tokens;
    statistics_.new_tokens += static_cast<int64_t>(sampled.size());
    (prompt_tokens > 0 ? statistics_.prefill_seconds : statistics_.decode_seconds) += seconds;
  }
  return results;
}

}  // namespace lmos::infer
