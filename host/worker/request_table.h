// The requests of the daemon that the engine works on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "conversation/chat_format.h"
#include "infer/engine.h"
#include "wire/message.h"
#include "worker/connection.h"

namespace lmos::worker {

class RequestTable {
 public:
  // All outlive it. `chat` is used by this object only. `context`: tokens of a sequence.
  // `queue_tokens`: see wire::Configure.
  RequestTable(infer::Engine& engine, const components::Tokenizer& tokenizer,
               const conversation::ChatFormat& chat, int64_t context, int64_t queue_tokens,
               Connection& connection);

  // Each answers through the connection, at once or from the engine's thread. The thread that reads
  // the connection only.
  void submit(const wire::Submit& submit);
  void cancel(uint64_t request);

  // Tokens of unfinished requests. [any-thread]
  int64_t queued_tokens() const { return queued_tokens_; }

 private:
  class Listener;

  // Error(kInput) "PARAMETER: …" for a request that the model can't serve.
  std::vector<int32_t> prompt_of(const wire::Submit& submit) const;
  int64_t max_tokens_of(const wire::Submit& submit, size_t prompt_tokens) const;
  infer::GenerationRequest request_of(const wire::Submit& submit, std::vector<int32_t> prompt_ids,
                                      int64_t max_tokens) const;
  // One continuation has ended.
  void ended(uint64_t request, int64_t tokens);

  infer::Engine& engine_;
  const components::Tokenizer& tokenizer_;
  const conversation::ChatFormat& chat_;
  const int64_t context_, queue_tokens_;
  Connection& connection_;
  std::atomic<int64_t> queued_tokens_{0};

  struct Running {
    std::vector<infer::Engine::RequestId> continuations;  // begun so far
    size_t left = 0;                                      // that have not ended
  };
  std::mutex mutex_;  // guards running_
  std::unordered_map<uint64_t, Running> running_;
};

}  // namespace lmos::worker
