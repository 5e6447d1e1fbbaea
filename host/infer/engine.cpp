#include "infer/engine.h"

#include <exception>

namespace lmos::infer {

Engine::Engine(CachedModel& model, const components::Tokenizer& tokenizer,
               std::vector<int32_t> end_ids, int64_t most_drafted)
    : scheduler_(model, tokenizer, std::move(end_ids), most_drafted),
      statistics_(scheduler_.statistics()),
      thread_([this] { run(); }) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Engine::post(Command command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  wake_.notify_one();
}

Engine::RequestId Engine::submit(GenerationRequest request,
                                 std::shared_ptr<GenerationListener> listener) {
  const RequestId id = next_id_++;
  post([this, id, request = std::move(request), listener = std::move(listener)]() mutable {
    try {
      scheduler_.add(id, std::move(request), listener);
    } catch (const Error& error) {
      listener->on_error(error);
    }
  });
  return id;
}

void Engine::cancel(RequestId id) {
  post([this, id] { scheduler_.cancel(id); });
}

SchedulerStatistics Engine::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void Engine::run() {
  std::deque<Command> commands;
  for (;;) {
    bool ending = false;
    {
      std::unique_lock lock(mutex_);
      statistics_ = scheduler_.statistics();
      wake_.wait(lock, [&] { return ending_ || !commands_.empty() || !scheduler_.idle(); });
      commands.swap(commands_);
      ending = ending_;
    }
    // Also at the end: what was submitted last is to be cancelled too.
    for (Command& command : commands) command();
    commands.clear();
    if (ending) return scheduler_.cancel_all();
    try {
      scheduler_.step();
    } catch (const Error& error) {
      scheduler_.fail_all(error);
    } catch (const std::exception& error) {
      scheduler_.fail_all(Error(ErrorKind::kInternal, error.what()));
    }
  }
}

}  // namespace lmos::infer
