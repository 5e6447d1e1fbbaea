#include "serve/served_model.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <unordered_map>

#include "errors/error.h"
#include "pipeline/yaml_writer.h"
#include "serve/api_error.h"
#include "serve/watchdog.h"
#include "serve/worker_process.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr double kFirstPause = 0.1;        // seconds before the first restart
constexpr double kStableSeconds = 10;      // ready for so long, a worker counts as sound again
constexpr double kEndSeconds = 5;          // for a worker to end by itself
constexpr size_t kMostUnsent = 128 << 20;  // bytes that a worker may leave in our memory

Clock::duration clock_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string brief(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

}  // namespace

std::string_view model_state_text(ModelState state) {
  switch (state) {
    case ModelState::kLoading:
      return "loading";
    case ModelState::kReady:
      return "ready";
    case ModelState::kRestarting:
      return "restarting";
    case ModelState::kMisconfigured:
      return "misconfigured";
    case ModelState::kEnded:
      return "ended";
  }
  return "";
}

// Of the request that a worker on trial has to answer.
class TrialEvents final : public RequestEvents {
 public:
  explicit TrialEvents(std::function<void(const std::optional<std::string>& failure)> done)
      : done_(std::move(done)) {}

  void on_message(const wire::Message& message) override {
    if (const auto* refused = std::get_if<wire::Refused>(&message)) {
      done_("refused a first request: " + refused->message);
    } else if (const auto* finished = std::get_if<wire::Finished>(&message)) {
      if (finished->kind == wire::FinishKind::kFailed)
        done_("failed at a first request: " + finished->message);
      else
        done_(std::nullopt);
    } else if (std::holds_alternative<wire::EncodeAnswer>(message)) {
      done_(std::nullopt);
    }
  }
  void on_lost(const std::string& why) override { done_(why); }

 private:
  std::function<void(const std::optional<std::string>& failure)> done_;
};

class ServedModel::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& loop, const ModelConfig& model, const WorkersConfig& workers,
        std::vector<std::string> plugin_folders, std::filesystem::path worker_program)
      : model(model),
        loop_(loop),
        workers_(workers),
        plugin_folders_(std::move(plugin_folders)),
        program_(std::move(worker_program)),
        end_limit_(loop),
        pause_(loop) {}

  void start() {
    state = ModelState::kLoading;
    started_ = Clock::now();
    heartbeat = {};
    try {
      process_ = std::make_unique<WorkerProcess>(
          loop_, WorkerCommand{program_}, model.name,
          WorkerProcessEvents{[this](const wire::Message& message) { take(message); },
                              [this](const WorkerExit& exit) { exited(exit); }});
      watchdog_.emplace(loop_, process_->id(), workers_.heartbeat_seconds,
                        [this](const std::string& why) { process_->kill(why); });
      watchdog_->expect_more(workers_.start_seconds, "was not ready after");
      process_->send(configuration());
    } catch (const Error& error) {
      process_.reset();
      failed({"can't be started: " + std::string(error.what())});
    }
  }

  void start_on_trial(std::function<void(const std::optional<std::string>&)> done) {
    trial_done_ = std::move(done);
    start();
  }

  void end(std::function<void()> ended) {
    pause_.cancel();
    state = ModelState::kEnded;
    if (!process_) {
      asio::post(loop_, std::move(ended));
      return;
    }
    ended_ = std::move(ended);
    watchdog_.reset();
    process_->close();
    end_limit_.expires_after(clock_duration(kEndSeconds));
    end_limit_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->process_) self->process_->kill("did not end by itself");
    });
  }

  void abandon() {
    requests_.clear();
    watchdog_.reset();
    process_.reset();
    end_limit_.cancel();
    pause_.cancel();
    ended_ = {};
    trial_done_ = {};
    state = ModelState::kEnded;
  }

  template <class Request>
  uint64_t ask(Request request, uint32_t answers, std::shared_ptr<RequestEvents> events) {
    check_ready();
    request.request = ++last_request_;
    requests_[request.request] = {std::move(events), answers};
    process_->send(std::move(request));
    return last_request_;
  }

  void check_generates() const {
    check_ready();
    if (!info.generates)
      throw invalid_request(
          "the model '" + model.name + "' reads texts and writes none; send them to /v1/embeddings",
          "model");
  }

  void check_encodes(wire::EncodeTask task) const {
    check_ready();
    if (info.generates)
      throw invalid_request(
          "the model '" + model.name + "' writes texts; this is for encoders such as BERT",
          "model");
    if (task == wire::EncodeTask::kClassify && info.labels.empty())
      throw invalid_request(
          "the model '" + model.name + "' has no classes; it was not trained to classify texts",
          "model");
  }

  void cancel(uint64_t request) {
    if (requests_.erase(request) > 0 && process_) process_->send(wire::Cancel{request});
  }

  size_t active() const { return requests_.size(); }
  bool has_process() const { return process_ != nullptr; }
  pid_t worker() const { return process_ ? process_->id() : -1; }

  const ModelConfig model;
  ModelState state = ModelState::kLoading;
  std::string last_failure;
  wire::Ready info;
  wire::Heartbeat heartbeat;
  std::shared_ptr<ModelMetrics> metrics = std::make_shared<ModelMetrics>();

 private:
  struct Request {
    std::shared_ptr<RequestEvents> events;
    uint32_t answers_left;  // that end it
  };

  wire::Configure configuration() const {
    wire::Configure configure;
    configure.model = model.name;
    configure.folder = model.path.string();
    configure.model_plugin = model.model_plugin;
    configure.tokenizer_plugin = model.tokenizer_plugin;
    configure.tokenizer_path = model.tokenizer_path.string();
    configure.chat_template = model.chat_template.string();
    configure.adapter = model.adapter.string();
    configure.weights = model.weights;
    for (const ConfigMember& member : model.backend.members()) {
      const Place& place = member.value.place();
      configure.backend.push_back({member.key, write_yaml(member.value),
                                   place.source ? *place.source : "", place.line, place.column});
    }
    configure.pool_first_token = model.pool_first_token;
    configure.normalize = model.normalize;
    configure.context = model.context;
    configure.slots = model.sequences;
    configure.chunk = model.chunk;
    configure.prompt_lookup = model.prompt_lookup;
    configure.cache_tokens = model.cache_tokens;
    configure.queue_tokens = model.queue_tokens;
    configure.heartbeat_ms =
        std::clamp<int64_t>(static_cast<int64_t>(workers_.heartbeat_seconds * 250), 1, 1000);
    configure.plugin_folders = plugin_folders_;
    return configure;
  }

  void check_ready() const {
    const std::string name = "the model '" + model.name + "'";
    if (state == ModelState::kMisconfigured)
      throw unavailable(name + " can't be served as it is configured; the server's log says why",
                        "model_unavailable");
    if (state != ModelState::kReady)
      throw unavailable(name + " is " + std::string(model_state_text(state)) + "; try again",
                        "model_not_ready");
    if (process_->unsent_bytes() > kMostUnsent)
      throw unavailable(name + " takes no more requests for now; try again", "model_busy");
  }

  void take(const wire::Message& message) {
    if (watchdog_) watchdog_->heard();
    std::visit([this, &message](const auto& fixed) { handle(fixed, message); }, message);
  }

  void handle(const wire::Ready& ready, const wire::Message&) {
    if (state != ModelState::kLoading) return;
    info = ready;
    state = ModelState::kReady;
    ready_since_ = Clock::now();
    if (watchdog_) watchdog_->expect_more(workers_.heartbeat_seconds, "made no progress in");
    const std::chrono::duration<double> start = ready_since_ - started_;
    spdlog::info(
        "[{}] ready after {:.3f} s, of which {:.3f} s went into loading; context {} tokens",
        model.name, start.count(), ready.load_seconds, ready.context);
    if (trial_done_) try_out();
  }
  void handle(const wire::Heartbeat& beat, const wire::Message&) {
    const bool idle = state == ModelState::kReady && beat.waiting + beat.running == 0;
    if (idle || beat.steps != heartbeat.steps) progressed();
    heartbeat = beat;
  }
  void handle(const wire::Accepted& accepted, const wire::Message& message) {
    pass_on(accepted.request, 0, message);
  }
  void handle(const wire::NewToken& token, const wire::Message& message) {
    progressed();
    pass_on(token.request, 0, message);
  }
  void handle(const wire::PromptTokens& tokens, const wire::Message& message) {
    pass_on(tokens.request, 0, message);
  }
  void handle(const wire::Refused& refused, const wire::Message& message) {
    pass_on(refused.request, UINT32_MAX, message);
  }
  template <class Answer>
  requires(std::same_as<Answer, wire::Finished> || std::same_as<Answer, wire::EncodeAnswer> ||
           std::same_as<Answer, wire::TokenizeAnswer> ||
           std::same_as<Answer, wire::DetokenizeAnswer>) void handle(const Answer& answer,
                                                                     const wire::Message& message) {
    pass_on(answer.request, 1, message);
  }
  template <class Other>
  void handle(const Other&, const wire::Message&) {
    process_->kill("was killed, for it sent a message that only the daemon sends");
  }

  // `answers`: how many of those that end the request this one is.
  void pass_on(uint64_t request, uint32_t answers, const wire::Message& message) {
    const auto found = requests_.find(request);
    if (found == requests_.end()) return;  // cancelled meanwhile
    const auto events = found->second.events;
    found->second.answers_left -= std::min(found->second.answers_left, answers);
    if (found->second.answers_left == 0) requests_.erase(found);
    events->on_message(message);
  }

  // The shortest request that runs the whole model.
  void try_out() {
    const auto events = std::make_shared<TrialEvents>(
        [self = weak_from_this()](const std::optional<std::string>& failure) {
          if (const auto state = self.lock()) state->tried(failure);
        });
    if (!info.generates) {
      wire::Encode encode;
      encode.inputs.push_back({.ids = {0}, .as_tokens = true});
      ask(std::move(encode), 1, events);
      return;
    }
    wire::Submit submit;
    submit.kind = wire::PromptKind::kTokens;
    submit.prompt_ids = {0};
    submit.max_tokens = 1;
    submit.sampling.temperature = 0;
    ask(std::move(submit), 1, events);
  }

  void tried(const std::optional<std::string>& failure) {
    if (!trial_done_) return;
    const auto done = std::exchange(trial_done_, {});
    if (failure) {
      state = ModelState::kEnded;
      if (process_) process_->close();
    }
    done(failure);
  }

  void progressed() {
    if (watchdog_) watchdog_->progressed();
  }

  // Called by the process, which lives until the loop comes round.
  void exited(const WorkerExit& exit) {
    asio::post(loop_, [process = std::shared_ptr(std::move(process_))] {});
    watchdog_.reset();
    end_limit_.cancel();
    if (state == ModelState::kEnded) {
      if (ended_) std::exchange(ended_, {})();
      return;
    }
    failed(exit);
  }

  void failed(const WorkerExit& exit) {
    last_failure = exit.reason;
    if (trial_done_) {
      state = ModelState::kEnded;
      requests_.clear();
      std::exchange(trial_done_, {})(exit.reason);
      return;
    }
    if (is_lasting_failure(exit.code)) {
      state = ModelState::kMisconfigured;
      spdlog::error(
          "[{}] its worker {}\nIt is not started again: its configuration or its files are at "
          "fault.",
          model.name, exit.reason);
    } else {
      restart_later(exit.reason);
    }
    // After the state has changed: whoever tries again at once learns when to.
    for (auto& [id, request] : std::exchange(requests_, {})) request.events->on_lost(exit.reason);
  }

  void restart_later(const std::string& reason) {
    const bool stable =
        state == ModelState::kReady && Clock::now() - ready_since_ > clock_duration(kStableSeconds);
    pause_seconds_ = stable || pause_seconds_ == 0
                         ? kFirstPause
                         : std::min(2 * pause_seconds_, workers_.restart_seconds);
    state = ModelState::kRestarting;
    ++metrics->worker_restarts;
    spdlog::error("[{}] its worker {}\nIt is started again in {}; {} requests are lost.",
                  model.name, reason, brief(pause_seconds_), requests_.size());
    pause_.expires_after(clock_duration(pause_seconds_));
    pause_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->state == ModelState::kRestarting) self->start();
    });
  }

  asio::io_context& loop_;
  const WorkersConfig workers_;
  const std::vector<std::string> plugin_folders_;
  const std::filesystem::path program_;
  asio::steady_timer end_limit_, pause_;
  std::unique_ptr<WorkerProcess> process_;
  std::optional<Watchdog> watchdog_;  // of the process, until it is told to end
  std::unordered_map<uint64_t, Request> requests_;
  uint64_t last_request_ = 0;
  Clock::time_point started_, ready_since_;
  double pause_seconds_ = 0;  // of the last restart
  std::function<void()> ended_;
  std::function<void(const std::optional<std::string>&)> trial_done_;  // while on trial
};

ServedModel::ServedModel(asio::io_context& loop, const ModelConfig& model,
                         const WorkersConfig& workers, std::vector<std::string> plugin_folders,
                         std::filesystem::path worker_program)
    : state_(std::make_shared<State>(loop, model, workers, std::move(plugin_folders),
                                     std::move(worker_program))) {}

ServedModel::~ServedModel() { state_->abandon(); }

void ServedModel::start() { state_->start(); }
void ServedModel::start_on_trial(
    std::function<void(const std::optional<std::string>& failure)> done) {
  state_->start_on_trial(std::move(done));
}
void ServedModel::end(std::function<void()> ended) { state_->end(std::move(ended)); }
const ModelConfig& ServedModel::config() const { return state_->model; }
ModelState ServedModel::state() const { return state_->state; }
const std::string& ServedModel::last_failure() const { return state_->last_failure; }
const wire::Ready& ServedModel::info() const { return state_->info; }
const wire::Heartbeat& ServedModel::heartbeat() const { return state_->heartbeat; }
ModelMetrics& ServedModel::metrics() { return *state_->metrics; }
void ServedModel::share_metrics(ServedModel& other) { state_->metrics = other.state_->metrics; }
bool ServedModel::has_process() const { return state_->has_process(); }
pid_t ServedModel::worker() const { return state_->worker(); }
size_t ServedModel::active() const { return state_->active(); }

uint64_t ServedModel::submit(wire::Submit request, std::shared_ptr<RequestEvents> events) {
  state_->check_generates();
  const uint32_t count = request.count;
  return state_->ask(std::move(request), count, std::move(events));
}

void ServedModel::check_encodes(wire::EncodeTask task) const { state_->check_encodes(task); }

uint64_t ServedModel::encode(wire::Encode request, std::shared_ptr<RequestEvents> events) {
  state_->check_encodes(request.task);
  const auto count = static_cast<uint32_t>(request.inputs.size());
  return state_->ask(std::move(request), count, std::move(events));
}

uint64_t ServedModel::tokenize(wire::Tokenize request, std::shared_ptr<RequestEvents> events) {
  return state_->ask(std::move(request), 1, std::move(events));
}

uint64_t ServedModel::detokenize(wire::Detokenize request, std::shared_ptr<RequestEvents> events) {
  return state_->ask(std::move(request), 1, std::move(events));
}

void ServedModel::cancel(uint64_t request) { state_->cancel(request); }

}  // namespace lmos::serve
