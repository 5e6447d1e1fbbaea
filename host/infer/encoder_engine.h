// Serves texts to an encoder as they come, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "errors/error.h"
#include "infer/encoder_batch.h"
#include "infer/encoder_model.h"
#include "infer/fair_queue.h"

namespace lmos::infer {

struct EncoderRequest {
  EncoderTask task = EncoderTask::kEmbed;
  components::Encoding text;  // from 1 to context() tokens
  std::string tenant;         // whose share of the machine it uses
};

struct EncoderResult {
  std::vector<float> values;   // as of EncoderModel::run
  std::optional<Error> error;  // then there are no values
  bool cancelled = false;      // likewise
  double queue_seconds = 0;    // before its batch
};

struct EncoderStatistics {
  int64_t waiting = 0, running = 0;  // texts
  // Since the start:
  int64_t steps = 0, batch_tokens = 0, padded_tokens = 0;
};

// Texts run in the order of FairQueue, as many as a batch takes, those of like length together. All
// members are thread-safe. Results are given on the engine's thread.
class EncoderEngine {
 public:
  using RequestId = uint64_t;
  using Listener = std::function<void(EncoderResult)>;

  // `model` outlives it, and only the engine runs it. `limits.tokens` bounds what a step takes off
  // the queue.
  EncoderEngine(EncoderModel& model, const EncoderBatchLimits& limits);
  // Cancels what is under way.
  ~EncoderEngine();
  EncoderEngine(const EncoderEngine&) = delete;
  EncoderEngine& operator=(const EncoderEngine&) = delete;

  // Queues a text under a name of the caller's. Never waits for the model.
  void submit(RequestId id, EncoderRequest request, Listener listener);
  // Those that wait under this name end as cancelled; what runs goes on to its end.
  void cancel(RequestId id);

  EncoderStatistics statistics() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    RequestId id = 0;
    EncoderRequest request;
    Listener listener;
    Clock::time_point queued;
  };

  void run();
  std::vector<Entry> take_batch();
  void run_batch(std::vector<Entry>& batch);
  void run_group(EncoderTask task, const std::vector<Entry*>& group);

  EncoderModel& model_;
  const EncoderBatchLimits limits_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  FairQueue<Entry> queue_;
  EncoderStatistics statistics_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lmos::infer
