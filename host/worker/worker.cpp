#include "worker/worker.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string_view>

#include "errors/error.h"
#include "worker/connection.h"
#include "worker/encode_table.h"
#include "worker/model_host.h"
#include "worker/request_table.h"
#include "worker/tokenizer_calls.h"

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

wire::Heartbeat figures_of(const ModelHost& host, const infer::Engine& engine,
                           const RequestTable& table) {
  const infer::SchedulerStatistics figures = engine.statistics();
  const int64_t page_tokens = host.cache_tokens() / std::max<int64_t>(figures.pages, 1);
  wire::Heartbeat beat;
  beat.steps = static_cast<uint64_t>(figures.steps);
  beat.waiting = figures.waiting;
  beat.running = figures.active;
  beat.queued_tokens = table.queued_tokens();
  beat.cache_tokens = host.cache_tokens();
  beat.cache_used = (figures.pages - figures.available_pages) * page_tokens;
  beat.prompt_tokens = static_cast<uint64_t>(figures.prompt_tokens);
  beat.cached_tokens = static_cast<uint64_t>(figures.reused_tokens);
  beat.new_tokens = static_cast<uint64_t>(figures.new_tokens);
  beat.batch_tokens = static_cast<uint64_t>(figures.batch_tokens);
  beat.drafted_tokens = static_cast<uint64_t>(figures.drafted_tokens);
  beat.accepted_tokens = static_cast<uint64_t>(figures.accepted_tokens);
  return beat;
}

wire::Heartbeat figures_of(const infer::EncoderEngine& engine, const EncodeTable& table) {
  const infer::EncoderStatistics figures = engine.statistics();
  wire::Heartbeat beat;
  beat.steps = static_cast<uint64_t>(figures.steps);
  beat.waiting = figures.waiting;
  beat.running = figures.running;
  beat.queued_tokens = table.queued_tokens();
  beat.prompt_tokens = static_cast<uint64_t>(figures.batch_tokens);
  beat.batch_tokens = static_cast<uint64_t>(figures.padded_tokens);
  return beat;
}

// What the heartbeat tells; before the model is loaded, nothing.
class Pulse {
 public:
  void begin(std::function<wire::Heartbeat()> figures) {
    const std::lock_guard lock(mutex_);
    figures_ = std::move(figures);
  }
  void end() { begin({}); }
  wire::Heartbeat beat() const {
    const std::lock_guard lock(mutex_);
    return figures_ ? figures_() : wire::Heartbeat();
  }

 private:
  mutable std::mutex mutex_;
  std::function<wire::Heartbeat()> figures_;
};

struct EngineEnd {
  ModelHost& host;
  Pulse& pulse;
  ~EngineEnd() {
    pulse.end();
    host.end_engine();
  }
};

wire::Ready ready(const ModelHost& host, double load_seconds) {
  wire::Ready ready;
  if (host.chat() != nullptr) {
    ready.chats = host.chat()->usable();
    ready.tool_calls = static_cast<wire::ToolCalls>(host.chat()->tool_calls());
  }
  ready.context = host.context();
  ready.vocab_size = host.tokenizer().vocab_size();
  ready.load_seconds = load_seconds;
  ready.generates = host.encoder() == nullptr;
  if (!ready.generates) {
    ready.embed = host.encoder()->embed();
    ready.labels = host.encoder()->labels();
  }
  return ready;
}

// Of the two tables, one is there.
struct Handler {
  const components::Tokenizer& tokenizer;
  const conversation::ChatFormat* chat;  // null: the model holds no conversations
  Connection& connection;
  RequestTable* requests;
  EncodeTable* encodings;

  void operator()(const wire::Submit& message) { table(requests).submit(message); }
  void operator()(const wire::Encode& message) { table(encodings).encode(message); }
  void operator()(const wire::Cancel& message) {
    if (requests != nullptr)
      requests->cancel(message.request);
    else
      encodings->cancel(message.request);
  }
  void operator()(const wire::Tokenize& message) { tokenize(message, tokenizer, chat, connection); }
  void operator()(const wire::Detokenize& message) { detokenize(message, tokenizer, connection); }
  template <class Other>
  void operator()(const Other&) {
    throw Error(ErrorKind::kInput, "llmasosd sent a message that only a worker sends");
  }

  template <class Table>
  static Table& table(Table* found) {
    if (found == nullptr)
      throw Error(ErrorKind::kInput, "llmasosd sent a request that this model is not for");
    return *found;
  }
};

// A worker that serves and finds no memory is replaced: a new one begins with as little as it
// needs.
void end_without_memory() {
  constexpr std::string_view kReason = "out of memory\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kReason.data(), kReason.size());
  std::abort();
}

}  // namespace

void run_worker(FileDescriptor socket) {
  const auto start = Clock::now();
  Pulse pulse;
  Connection connection(std::move(socket));
  const wire::Configure configure = receive_configuration(connection);
  connection.start_heartbeat(std::chrono::milliseconds(configure.heartbeat_ms),
                             [&pulse] { return pulse.beat(); });
  const auto host = std::make_unique<ModelHost>(configure);
  std::optional<RequestTable> requests;
  std::optional<EncodeTable> encodings;
  if (infer::Engine* engine = host->engine()) {
    requests.emplace(*engine, host->tokenizer(), *host->chat(), host->context(),
                     configure.queue_tokens, connection);
    pulse.begin([&, engine] { return figures_of(*host, *engine, *requests); });
  } else {
    encodings.emplace(*host->encoder_engine(), *host->encoder(), host->context(),
                      configure.queue_tokens, connection);
    pulse.begin([&] { return figures_of(*host->encoder_engine(), *encodings); });
  }
  const std::chrono::duration<double> seconds = Clock::now() - start;
  std::set_new_handler(end_without_memory);
  connection.send(ready(*host, seconds.count()));
  // However this ends, the engine tells the tables of what it cancels.
  const EngineEnd engine_end{*host, pulse};
  Handler handler{host->tokenizer(), host->chat(), connection, requests ? &*requests : nullptr,
                  encodings ? &*encodings : nullptr};
  while (const auto message = connection.receive()) std::visit(handler, *message);
}

}  // namespace lmos::worker
