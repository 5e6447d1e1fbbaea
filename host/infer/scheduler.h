// Many requests over one cached model: one ragged batch a step, of prompt chunks and new tokens.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "components/tokenizer.h"
#include "infer/active_sequence.h"
#include "infer/cached_model.h"
#include "infer/fair_queue.h"
#include "infer/page_pool.h"

namespace lmos::infer {

struct SchedulerStatistics {
  int64_t waiting = 0,
          waiting_tokens = 0;  // requests not yet begun, and the tokens of their prompts
  int64_t active = 0;          // requests in the cache
  int64_t pages = 0, available_pages = 0;
  // Since the start:
  int64_t prompt_tokens = 0, reused_tokens = 0, new_tokens = 0;
  int64_t drafted_tokens = 0, accepted_tokens = 0;  // guessed, and of them right
  int64_t steps = 0, batch_tokens = 0, preemptions = 0;
  double prefill_seconds = 0, decode_seconds = 0;  // of steps with and without prompt tokens
};

// Requests begin in the order of FairQueue. When the cache is full, the request that began last
// gives its pages back, and is computed anew later. Prompts that begin alike, of one tenant, share
// pages.
//
// While all sequences decode and are few, a step also computes tokens that PromptLookup guesses.
// Each is kept if the token before it, sampled as ever, turns out to be the one that was guessed:
// where the backend is batch-invariant, requests get exactly what they get without guesses.
//
// One thread at a time.
class Scheduler {
 public:
  using RequestId = uint64_t;

  // `model` and `tokenizer` outlive it. `end_ids`: tokens that end a text. `most_drafted`: tokens
  // that are guessed for a sequence in one step.
  Scheduler(CachedModel& model, const components::Tokenizer& tokenizer,
            std::vector<int32_t> end_ids, int64_t most_drafted = 0);

  // Error(kInput) if the request has no tokens or does not fit the cache.
  void check(const GenerationRequest& request) const;
  // Checks and queues a request, under a name of the caller's.
  void add(RequestId id, GenerationRequest request, std::shared_ptr<GenerationListener> listener);
  // Ends it with kCancelled; nothing if it has ended.
  void cancel(RequestId id);
  void cancel_all();
  // Ends all with the error.
  void fail_all(const Error& error);

  bool idle() const { return active_.empty() && waiting_.empty(); }
  // Runs one batch, unless idle. An error of one request ends that request; an error of the model
  // is thrown, and leaves the requests as they were before the batch.
  void step();

  SchedulerStatistics statistics() const;

 private:
  struct Entry {
    RequestId id;
    ActiveSequence sequence;
    int32_t row = -1;  // of the page table
    std::vector<int32_t> pages = {};
    PagePool::Prefix prefix = 0;  // of the pages that are full and remembered
    size_t remembered = 0;        // of `pages`
  };
  using Active = std::list<Entry>;  // in the order in which they began

  void begin_waiting();
  // Whether more than `found` pages of this text are on their way into the cache: another request,
  // or another continuation of the same one, is reading it.
  bool is_being_read(const std::string& tenant, std::span<const int32_t> ids, size_t found) const;
  // The first that waits; false if it has to wait on, for room or for a prompt that it shares.
  bool begin_next();
  // Pages for positions [0, tokens); false if the cache is full.
  bool reserve(Entry& entry, int64_t tokens);
  // Room for `tokens` of the entry, if need be from those that began after it.
  bool make_room(Active::iterator entry, int64_t tokens);
  void preempt(Active::iterator entry);
  void release(Entry& entry);
  void remember_full_pages(Entry& entry);
  void end(Active::iterator entry, FinishReason reason);
  // Tokens that may be guessed for each sequence in the next step.
  int64_t draft_allowance() const;
  // What may follow the entry's text, in its pages and the room of the batch.
  std::vector<int32_t> draft(Entry& entry, int64_t allowance);
  struct Part;
  // Takes in what the model gave for a part of the batch, whose rows begin with `first`.
  void take(const Part& part, size_t first);
  // Samples after the part's last token, which is `row`, then after each guess that was right.
  std::optional<FinishReason> sample(const Part& part, size_t row);
  static const std::string& tenant_of(const Entry& entry) {
    return entry.sequence.request().tenant;
  }

  CachedModel& model_;
  const components::Tokenizer& tokenizer_;
  std::vector<int32_t> end_ids_;
  int64_t most_drafted_;
  PagePool pool_;
  Sampler sampler_;
  Active active_;
  FairQueue<Entry> waiting_;
  std::vector<int32_t> free_rows_;
  SchedulerStatistics totals_;
  // Of the batch in the making:
  std::vector<Token> tokens_;
  std::vector<int32_t> rows_;
  std::vector<float> scales_;  // by row
  struct Part {
    Active::iterator entry;
    int64_t count;  // tokens in the batch
    int64_t rows;   // of them and the guesses, the last ones whose logits are wanted
    bool samples;
    std::vector<int32_t> draft;  // guesses, in the batch after them
  };
  std::vector<Part> parts_;
};

}  // namespace lmos::infer
