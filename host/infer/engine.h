// Serves requests as they come, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "infer/scheduler.h"

namespace lmos::infer {

// All members are thread-safe. Listeners are called on the engine's thread.
class Engine {
 public:
  using RequestId = Scheduler::RequestId;

  // `model` and `tokenizer` outlive it, and only the engine uses the model. `most_drafted`: as of
  // Scheduler.
  Engine(CachedModel& model, const components::Tokenizer& tokenizer, std::vector<int32_t> end_ids,
         int64_t most_drafted = 0);
  // Cancels what is under way.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Queues a request; a request that does not fit ends with on_error(kInput). Never waits for the
  // model.
  RequestId submit(GenerationRequest request, std::shared_ptr<GenerationListener> listener);
  // Ends it with kCancelled after the batch that runs, also while its prompt is being read; nothing
  // if it has ended.
  void cancel(RequestId id);

  // As of the last step.
  SchedulerStatistics statistics() const;

 private:
  using Command = std::function<void()>;
  void post(Command command);
  void run();

  Scheduler scheduler_;  // of the engine's thread
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Command> commands_;
  bool ending_ = false;
  std::atomic<RequestId> next_id_ = 1;
  SchedulerStatistics statistics_;
  std::thread thread_;
};

}  // namespace lmos::infer
