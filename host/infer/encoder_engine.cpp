#include "infer/encoder_engine.h"

#include <algorithm>
#include <exception>

namespace lmos::infer {

EncoderEngine::EncoderEngine(EncoderModel& model, const EncoderBatchLimits& limits)
    : model_(model), limits_(limits), thread_([this] { run(); }) {}

EncoderEngine::~EncoderEngine() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void EncoderEngine::submit(RequestId id, EncoderRequest request, Listener listener) {
  {
    const std::lock_guard lock(mutex_);
    const std::string tenant = request.tenant;
    queue_.push(tenant, {id, std::move(request), std::move(listener), Clock::now()});
  }
  wake_.notify_one();
}

void EncoderEngine::cancel(RequestId id) {
  for (;;) {
    std::optional<Entry> entry;
    {
      const std::lock_guard lock(mutex_);
      entry = queue_.take_if([id](const Entry& other) { return other.id == id; });
    }
    if (!entry) return;
    entry->listener({{}, std::nullopt, true, 0});
  }
}

EncoderStatistics EncoderEngine::statistics() const {
  const std::lock_guard lock(mutex_);
  EncoderStatistics statistics = statistics_;
  statistics.waiting = queue_.size();
  return statistics;
}

void EncoderEngine::run() {
  for (;;) {
    std::vector<Entry> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (ending_) break;
      batch = take_batch();
    }
    run_batch(batch);
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : batch) queue_.end(entry.request.tenant);
    statistics_.running = 0;
  }
  std::vector<Entry> rest;
  {
    const std::lock_guard lock(mutex_);
    rest = queue_.take_all();
  }
  for (Entry& entry : rest) entry.listener({{}, std::nullopt, true, 0});
}

// Paid for as it is taken: the next of another tenant goes first. Under the lock.
std::vector<EncoderEngine::Entry> EncoderEngine::take_batch() {
  std::vector<Entry> batch;
  int64_t tokens = 0;
  while (!queue_.empty()) {
    const auto size = static_cast<int64_t>(queue_.front().request.text.size());
    const bool full = static_cast<int64_t>(batch.size()) == limits_.rows;
    if (!batch.empty() && (full || tokens + size > limits_.tokens)) break;
    batch.push_back(queue_.pop());
    queue_.use(batch.back().request.tenant, size);
    tokens += size;
  }
  statistics_.running = static_cast<int64_t>(batch.size());
  return batch;
}

void EncoderEngine::run_batch(std::vector<Entry>& batch) {
  for (const EncoderTask task : {EncoderTask::kEmbed, EncoderTask::kClassify}) {
    std::vector<Entry*> mine;
    std::vector<int64_t> lengths;
    for (Entry& entry : batch) {
      if (entry.request.task != task) continue;
      mine.push_back(&entry);
      lengths.push_back(static_cast<int64_t>(entry.request.text.size()));
    }
    for (const std::vector<size_t>& places : group_by_length(
             lengths, limits_, [this](int64_t longest) { return model_.padded_length(longest); })) {
      std::vector<Entry*> group;
      for (const size_t place : places) group.push_back(mine[place]);
      run_group(task, group);
    }
  }
}

void EncoderEngine::run_group(EncoderTask task, const std::vector<Entry*>& group) {
  const auto begun = Clock::now();
  std::vector<const components::Encoding*> rows;
  int64_t tokens = 0, longest = 0;
  for (const Entry* entry : group) {
    rows.push_back(&entry->request.text);
    const auto size = static_cast<int64_t>(entry->request.text.size());
    tokens += size;
    longest = std::max(longest, size);
  }
  std::vector<std::vector<float>> values(group.size());
  std::optional<Error> failure;
  try {
    values = model_.run(task, rows);
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = Error(ErrorKind::kInternal, error.what());
  }
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.steps;
    statistics_.batch_tokens += tokens;
    statistics_.padded_tokens += model_.padded_length(longest) * std::ssize(rows);
  }
  for (size_t i = 0; i < group.size(); ++i) {
    const std::chrono::duration<double> queued = begun - group[i]->queued;
    group[i]->listener({std::move(values[i]), failure, false, queued.count()});
  }
}

}  // namespace lmos::infer
