#include "worker/worker.h"

#include <algorithm>
#include <chrono>

#include "errors/error.h"
#include "worker/connection.h"
#include "worker/model_host.h"
#include "worker/request_table.h"

namespace lmos::worker {
namespace {

using Clock = std::chrono::steady_clock;

wire::Configure receive_configuration(Connection& connection) {
  auto message = connection.receive();
  if (!message)
    throw Error(ErrorKind::kInput, "llmasosd closed the socket before it said anything");
  auto* configure = std::get_if<wire::Configure>(&*message);
  if (configure == nullptr || configure->version != wire::kProtocolVersion)
    throw Error(ErrorKind::kConfiguration,
                "llmasosd speaks another version of the protocol; install both programs together");
  return std::move(*configure);
}

// What the heartbeat tells; before the model is loaded, nothing.
class Pulse {
 public:
  void begin(const ModelHost& host, infer::Engine& engine, const RequestTable& table) {
    const std::lock_guard lock(mutex_);
    host_ = &host;
    engine_ = &engine;
    table_ = &table;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    engine_ = nullptr;
  }
  wire::Heartbeat beat() const {
    const std::lock_guard lock(mutex_);
    wire::Heartbeat beat;
    if (engine_ == nullptr) return beat;
    const infer::SchedulerStatistics figures = engine_->statistics();
    const int64_t page_tokens = host_->cache_tokens() / std::max<int64_t>(figures.pages, 1);
    beat.steps = static_cast<uint64_t>(figures.steps);
    beat.waiting = figures.waiting;
    beat.running = figures.active;
    beat.queued_tokens = table_->queued_tokens();
    beat.cache_tokens = host_->cache_tokens();
    beat.cache_used = (figures.pages - figures.available_pages) * page_tokens;
    beat.prompt_tokens = static_cast<uint64_t>(figures.prompt_tokens);
    beat.cached_tokens = static_cast<uint64_t>(figures.reused_tokens);
    beat.new_tokens = static_cast<uint64_t>(figures.new_tokens);
    beat.batch_tokens = static_cast<uint64_t>(figures.batch_tokens);
    return beat;
  }

 private:
  mutable std::mutex mutex_;
  const ModelHost* host_ = nullptr;
  infer::Engine* engine_ = nullptr;
  const RequestTable* table_ = nullptr;
};

struct EngineEnd {
  ModelHost& host;
  Pulse& pulse;
  ~EngineEnd() {
    pulse.end();
    host.end_engine();
  }
};

struct Handler {
  RequestTable& table;
  void operator()(const wire::Submit& message) { table.submit(message); }
  void operator()(const wire::Cancel& message) { table.cancel(message.request); }
  void operator()(const wire::Tokenize& message) { table.tokenize(message); }
  void operator()(const wire::Detokenize& message) { table.detokenize(message); }
  template <class Other>
  void operator()(const Other&) {
    throw Error(ErrorKind::kInput, "llmasosd sent a message that only a worker sends");
  }
};

}  // namespace

void run_worker(FileDescriptor socket) {
  const auto start = Clock::now();
  Pulse pulse;
  Connection connection(std::move(socket));
  const wire::Configure configure = receive_configuration(connection);
  connection.start_heartbeat(std::chrono::milliseconds(configure.heartbeat_ms),
                             [&pulse] { return pulse.beat(); });
  const auto host = std::make_unique<ModelHost>(configure);
  RequestTable table(host->engine(), host->tokenizer(), host->chat(), host->context(),
                     configure.queue_tokens, connection);
  pulse.begin(*host, host->engine(), table);
  const std::chrono::duration<double> seconds = Clock::now() - start;
  connection.send(wire::Ready{host->chat().usable(),
                              static_cast<wire::ToolCalls>(host->chat().tool_calls()),
                              host->context(), host->tokenizer().vocab_size(), seconds.count()});
  // However this ends, the engine tells the table of what it cancels.
  const EngineEnd engine_end{*host, pulse};
  Handler handler{table};
  while (const auto message = connection.receive()) std::visit(handler, *message);
}

}  // namespace lmos::worker
