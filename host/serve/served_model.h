// A model that is served: its worker process, restarted when it fails, and the requests it works
// on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve/config.h"
#include "serve/metrics.h"
#include "wire/message.h"

namespace boost::asio {
class io_context;
}

namespace lmos::serve {

enum class ModelState {
  kLoading,
  kReady,
  kRestarting,     // the worker failed; a new one starts after a pause
  kMisconfigured,  // the worker refused its configuration; no new one starts
  kEnded,
};

std::string_view model_state_text(ModelState state);  // "loading", ...

// What becomes of a request. From the loop, never from inside a call on the model. Nothing follows
// Refused, lost, an answer, the Finished of each continuation, or the EncodeAnswer of each input.
class RequestEvents {
 public:
  virtual ~RequestEvents() = default;
  // Accepted, Refused, PromptTokens, NewToken, Finished, EncodeAnswer, TokenizeAnswer or
  // DetokenizeAnswer.
  virtual void on_message(const wire::Message& message) = 0;
  // The worker ended before it answered; the request may be sent again.
  virtual void on_lost(const std::string& why) = 0;
};

// On the loop's thread only.
class ServedModel {
 public:
  ServedModel(boost::asio::io_context& loop, const ModelConfig& model, const WorkersConfig& workers,
              std::vector<std::string> plugin_folders, std::filesystem::path worker_program);
  // Kills the worker; requests hear nothing.
  ~ServedModel();
  ServedModel(const ServedModel&) = delete;
  ServedModel& operator=(const ServedModel&) = delete;

  void start();
  // Starts a worker that has to prove itself: `done` is called once, when it has answered a short
  // request, or with the reason why not; then it has ended, and none takes its place.
  void start_on_trial(std::function<void(const std::optional<std::string>& failure)> done);
  // Closes the worker's socket, on which it ends by itself, and calls `ended` when it has, or
  // when it was killed because that took too long.
  void end(std::function<void()> ended);

  const ModelConfig& config() const;
  ModelState state() const;
  // What went wrong last; empty: nothing yet.
  const std::string& last_failure() const;
  // Of the worker that runs; ready() or later.
  const wire::Ready& info() const;
  const wire::Heartbeat& heartbeat() const;
  ModelMetrics& metrics();
  // From now on it counts together with another, whose figures it continues.
  void share_metrics(ServedModel& other);
  // The process of its worker; -1: none runs.
  pid_t worker() const;
  // Requests without an end yet.
  size_t active() const;
  bool has_process() const;

  // ApiError: 503 unless it is ready, 400 unless it is an encoder that is for this.
  void check_encodes(wire::EncodeTask task) const;
  // Each returns the id it chose. ApiError: 400 for a request of another kind of model, 503 unless
  // the model is ready, or its worker takes no more.
  uint64_t submit(wire::Submit request, std::shared_ptr<RequestEvents> events);
  uint64_t encode(wire::Encode request, std::shared_ptr<RequestEvents> events);
  uint64_t tokenize(wire::Tokenize request, std::shared_ptr<RequestEvents> events);
  uint64_t detokenize(wire::Detokenize request, std::shared_ptr<RequestEvents> events);
  // Its events end here. An id that has ended is ignored.
  void cancel(uint64_t request);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace lmos::serve
