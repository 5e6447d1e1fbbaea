#include "infer/scheduler.h"

#include <algorithm>
#include <chrono>

#include "errors/error.h"

namespace lmos::infer {

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

Scheduler::Scheduler(CachedModel& model, const components::Tokenizer& tokenizer,
                     std::vector<int32_t> end_ids, int64_t most_drafted)
    : model_(model),
      tokenizer_(tokenizer),
      end_ids_(std::move(end_ids)),
      most_drafted_(most_drafted),
      pool_(model.shape().page_count(), model.shape().page_tokens) {
  for (int64_t row = model.shape().sequences; row-- > 0;)
    free_rows_.push_back(static_cast<int32_t>(row));
}

void Scheduler::check(const GenerationRequest& request) const {
  if (request.prompt_ids.empty())
    throw Error(ErrorKind::kInput, "the prompt has no tokens; give at least one character of text");
  const CacheShape& shape = model_.shape();
  const int64_t places = std::min(shape.capacity, shape.page_count() * shape.page_tokens);
  const int64_t prompt = static_cast<int64_t>(request.prompt_ids.size());
  if (request.max_tokens <= places - prompt) return;
  throw Error(ErrorKind::kInput,
              std::to_string(prompt) + " prompt tokens and " + std::to_string(request.max_tokens) +
                  " new ones do not fit the model's context of " + std::to_string(places) +
                  " tokens; shorten the prompt or ask for fewer tokens");
}

void Scheduler::add(RequestId id, GenerationRequest request,
                    std::shared_ptr<GenerationListener> listener) {
  check(request);
  Entry entry{id, ActiveSequence(std::move(request), std::move(listener), tokenizer_)};
  const GenerationRequest& wished = entry.sequence.request();
  if (wished.max_tokens <= 0 && !wished.prompt_logprobs)
    return entry.sequence.finish(FinishReason::kLength);
  totals_.waiting_tokens += entry.sequence.uncached();
  const std::string tenant = tenant_of(entry);
  waiting_.push(tenant, std::move(entry));
}

void Scheduler::cancel(RequestId id) {
  const auto entry = std::ranges::find(active_, id, &Entry::id);
  if (entry != active_.end()) return end(entry, FinishReason::kCancelled);
  auto waiting = waiting_.take_if([id](const Entry& other) { return other.id == id; });
  if (!waiting) return;
  totals_.waiting_tokens -= waiting->sequence.uncached();
  waiting->sequence.finish(FinishReason::kCancelled);
}

void Scheduler::cancel_all() {
  while (!active_.empty()) end(active_.begin(), FinishReason::kCancelled);
  for (Entry& entry : waiting_.take_all()) entry.sequence.finish(FinishReason::kCancelled);
  totals_.waiting_tokens = 0;
}

void Scheduler::fail_all(const Error& error) {
  for (Entry& entry : active_) {
    waiting_.end(tenant_of(entry));
    entry.sequence.fail(error);
    release(entry);
  }
  active_.clear();
  for (Entry& entry : waiting_.take_all()) entry.sequence.fail(error);
  totals_.waiting_tokens = 0;
}

void Scheduler::release(Entry& entry) {
  // The last page first: of a text that is left, the beginning stays longest.
  while (!entry.pages.empty()) {
    pool_.release(entry.pages.back());
    entry.pages.pop_back();
  }
  entry.remembered = 0;
  free_rows_.push_back(entry.row);
  entry.row = -1;
}

void Scheduler::end(Active::iterator entry, FinishReason reason) {
  waiting_.end(tenant_of(*entry));
  entry->sequence.finish(reason);
  release(*entry);
  active_.erase(entry);
}

bool Scheduler::reserve(Entry& entry, int64_t tokens) {
  const int64_t wanted = (tokens + model_.shape().page_tokens - 1) / model_.shape().page_tokens;
  while (static_cast<int64_t>(entry.pages.size()) < wanted) {
    const int32_t page = pool_.take();
    if (page < 0) return false;
    model_.set_page(entry.row, static_cast<int64_t>(entry.pages.size()), page);
    entry.pages.push_back(page);
  }
  return true;
}

void Scheduler::preempt(Active::iterator entry) {
  release(*entry);
  entry->sequence.set_cached(0);
  totals_.waiting_tokens += entry->sequence.uncached();
  const std::string tenant = tenant_of(*entry);
  waiting_.put_back(tenant, std::move(*entry));
  active_.erase(entry);
  ++totals_.preemptions;
}

bool Scheduler::make_room(Active::iterator entry, int64_t tokens) {
  while (!reserve(*entry, tokens)) {
    const auto last = std::prev(active_.end());
    // What is in the batch already keeps its pages until the batch has run.
    const bool in_batch =
        std::ranges::any_of(parts_, [&](const Part& part) { return part.entry == last; });
    if (in_batch) return false;
    const bool itself = last == entry;
    preempt(last);
    if (itself) return false;
  }
  return true;
}

bool Scheduler::is_being_read(const std::string& tenant, std::span<const int32_t> ids,
                              size_t found) const {
  return std::ranges::any_of(active_, [&](const Entry& entry) {
    if (entry.prefix == 0 || tenant_of(entry) != tenant) return false;
    const std::span<const int32_t> theirs = entry.sequence.ids();
    const auto common = std::ranges::mismatch(ids, theirs).in1 - ids.begin();
    const size_t pages =
        static_cast<size_t>(common) / static_cast<size_t>(model_.shape().page_tokens);
    return pages > found && entry.remembered < pages;
  });
}

bool Scheduler::begin_next() {
  Entry& next = waiting_.front();
  const std::span<const int32_t> ids = next.sequence.ids();
  // The last token is computed in any case: its logits are wanted.
  // So are those of a prompt that is to be told of.
  const size_t reusable = next.sequence.wants_prompt() ? 0 : ids.size() - 1;
  PagePool::Found found = pool_.find(tenant_of(next), ids.first(reusable));
  const int64_t page_tokens = model_.shape().page_tokens;
  const int64_t pages = (static_cast<int64_t>(ids.size()) + page_tokens - 1) / page_tokens;
  if (is_being_read(tenant_of(next), ids.first(reusable), found.pages.size()) ||
      pages - static_cast<int64_t>(found.pages.size()) > pool_.available()) {
    for (size_t i = found.pages.size(); i-- > 0;) pool_.release(found.pages[i]);
    return false;
  }
  totals_.waiting_tokens -= next.sequence.uncached();
  next.row = free_rows_.back();
  free_rows_.pop_back();
  next.prefix = found.prefix;
  next.remembered = found.pages.size();
  for (size_t i = 0; i < found.pages.size(); ++i)
    model_.set_page(next.row, static_cast<int64_t>(i), found.pages[i]);
  next.pages = std::move(found.pages);
  const int64_t reused = static_cast<int64_t>(next.remembered) * page_tokens;
  next.sequence.begin(reused);
  totals_.reused_tokens += reused;
  active_.push_back(waiting_.pop());
  return true;
}

void Scheduler::begin_waiting() {
  while (!waiting_.empty() && !free_rows_.empty())
    if (!begin_next()) return;
}

void Scheduler::remember_full_pages(Entry& entry) {
  const int64_t page_tokens = model_.shape().page_tokens;
  const size_t full = static_cast<size_t>(entry.sequence.cached() / page_tokens);
  for (; entry.remembered < full && entry.prefix != 0; ++entry.remembered)
    entry.prefix = pool_.remember(
        entry.prefix,
        entry.sequence.ids().subspan(entry.remembered * static_cast<size_t>(page_tokens),
                                     static_cast<size_t>(page_tokens)),
        entry.pages[entry.remembered]);
}

int64_t Scheduler::draft_allowance() const {
  // As long as rows of a product cost less than reading its weights.
  constexpr int64_t kRows = 16;
  const bool all_decode = std::ranges::all_of(active_, [](const Entry& entry) {
    return entry.sequence.uncached() == 1 && !entry.sequence.wants_prompt();
  });
  if (!all_decode) return 0;
  const auto sequences = static_cast<int64_t>(active_.size());
  const int64_t rows = std::min(kRows, model_.shape().batch_tokens());
  return std::min(most_drafted_, rows / sequences - 1);
}

std::vector<int32_t> Scheduler::draft(Entry& entry, int64_t allowance) {
  const int64_t places = static_cast<int64_t>(entry.pages.size()) * model_.shape().page_tokens -
                         entry.sequence.cached();
  // The token after the last guess is sampled, and takes no place yet.
  return entry.sequence.draft(std::min(allowance, places - 1));
}

void Scheduler::step() {
  begin_waiting();
  if (active_.empty()) return;
  tokens_.clear();
  rows_.clear();
  scales_.clear();
  parts_.clear();
  int64_t prompt_tokens = 0;
  const int64_t allowance = draft_allowance();
  // Sequences that decode come first: somebody reads along, and they cost one token each.
  for (const bool decoding : {true, false}) {
    for (auto entry = active_.begin(); entry != active_.end();) {
      const auto here = entry++;
      ActiveSequence& sequence = here->sequence;
      const int64_t room = model_.shape().batch_tokens() - static_cast<int64_t>(tokens_.size());
      if (room == 0) break;
      if ((sequence.uncached() == 1) != decoding) continue;
      const int64_t first = sequence.cached(), count = std::min(room, sequence.uncached());
      if (!make_room(here, first + count)) break;
      const auto add_token = [&](int32_t id, int64_t place) {
        tokens_.push_back({id, here->row, static_cast<int32_t>(place)});
      };
      for (int64_t i = first; i < first + count; ++i)
        add_token(sequence.ids()[static_cast<size_t>(i)], i);
      std::vector<int32_t> draft = this->draft(*here, allowance);
      for (size_t i = 0; i < draft.size(); ++i)
        add_token(draft[i], first + count + static_cast<int64_t>(i));
      const bool samples = count == sequence.uncached();
      const int64_t rows = std::ssize(draft) + (sequence.wants_prompt() ? count : samples ? 1 : 0);
      for (int64_t i = rows; i > 0; --i)
        rows_.push_back(static_cast<int32_t>(std::ssize(tokens_) - i));
      scales_.resize(rows_.size(), draw_scale(sequence.request().sampling));
      if (!decoding) prompt_tokens += count;
      parts_.push_back({here, count, rows, samples, std::move(draft)});
      // What make_room took away may have been the next.
      entry = std::next(here);
    }
  }
  if (parts_.empty()) return;

  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  model_.run(tokens_, rows_, scales_);
  size_t row = 0;
  for (const Part& part : parts_) {
    take(part, row);
    row += static_cast<size_t>(part.rows);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  totals_.prompt_tokens += prompt_tokens;
  totals_.batch_tokens += static_cast<int64_t>(tokens_.size());
  ++totals_.steps;
  (prompt_tokens > 0 ? totals_.prefill_seconds : totals_.decode_seconds) += seconds;
}

void Scheduler::take(const Part& part, size_t first) {
  Entry& entry = *part.entry;
  waiting_.use(tenant_of(entry), part.count);
  const auto told = static_cast<size_t>(part.rows) - part.draft.size();
  const int64_t position = entry.sequence.cached() + part.count - static_cast<int64_t>(told);
  entry.sequence.set_cached(entry.sequence.cached() + part.count);
  remember_full_pages(entry);
  try {
    if (entry.sequence.wants_prompt())
      entry.sequence.tell_prompt(position, model_.logits(first, told),
                                 static_cast<size_t>(model_.vocab_size()),
                                 static_cast<size_t>(model_.known_ids()));
    if (!part.samples) return;
    const auto reason = sample(part, first + told - 1);
    if (reason) end(part.entry, *reason);
  } catch (const Error& error) {
    waiting_.end(tenant_of(entry));
    entry.sequence.fail(error);
    release(entry);
    active_.erase(part.entry);
  }
}

std::optional<FinishReason> Scheduler::sample(const Part& part, size_t row) {
  Entry& entry = *part.entry;
  size_t right = 0;
  std::optional<FinishReason> reason;
  for (;;) {
    reason = entry.sequence.advance(model_, row + right, sampler_, end_ids_);
    if (entry.sequence.request().max_tokens > 0) ++totals_.new_tokens;
    if (reason || right == part.draft.size() || entry.sequence.ids().back() != part.draft[right])
      break;
    ++right;
    waiting_.use(tenant_of(entry), 1);
    entry.sequence.set_cached(entry.sequence.cached() + 1);
    remember_full_pages(entry);
  }
  entry.sequence.learn(part.draft.size(), right);
  totals_.drafted_tokens += std::ssize(part.draft);
  totals_.accepted_tokens += static_cast<int64_t>(right);
  return reason;
}

SchedulerStatistics Scheduler::statistics() const {
  SchedulerStatistics result = totals_;
  result.waiting = waiting_.size();
  result.active = static_cast<int64_t>(active_.size());
  result.pages = model_.shape().page_count();
  result.available_pages = pool_.available();
  return result;
}

}  // namespace lmos::infer
