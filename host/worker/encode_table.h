// The texts of the daemon that the encoder works on.
#pragma once

#include <atomic>
#include <cstdint>

#include "infer/encoder_engine.h"
#include "wire/message.h"
#include "worker/connection.h"

namespace lmos::worker {

class EncodeTable {
 public:
  // `model` and `connection` outlive it; the engine ends before it does, for its listeners count
  // here. `context`: tokens of a text. `queue_tokens`: see wire::Configure.
  EncodeTable(infer::EncoderEngine& engine, const infer::EncoderModel& model, int64_t context,
              int64_t queue_tokens, Connection& connection);

  // Answers through the connection, at once or from the engine's thread. The thread that reads the
  // connection only.
  void encode(const wire::Encode& encode);
  void cancel(uint64_t request) { engine_.cancel(request); }

  // Tokens of unfinished requests. [any-thread]
  int64_t queued_tokens() const { return queued_tokens_; }

 private:
  components::Encoding text_of(const wire::Encode& encode, size_t index) const;

  infer::EncoderEngine& engine_;
  const infer::EncoderModel& model_;
  const int64_t context_, queue_tokens_;
  Connection& connection_;
  std::atomic<int64_t> queued_tokens_{0};
};

}  // namespace lmos::worker
