#include "worker/request_table.h"

#include <algorithm>
#include <optional>

#include "errors/error.h"
#include "worker/chat_prompt.h"
#include "worker/prompt_echo.h"
#include "worker/refusal.h"

namespace lmos::worker {
namespace {

constexpr int64_t kUsualAnswer = 1024;  // tokens of an answer whose length is left open

wire::FinishKind kind_of(infer::FinishReason reason) {
  switch (reason) {
    case infer::FinishReason::kEndOfText:
      return wire::FinishKind::kEndOfText;
    case infer::FinishReason::kStopString:
      return wire::FinishKind::kStopString;
    case infer::FinishReason::kLength:
      return wire::FinishKind::kLength;
    case infer::FinishReason::kCancelled:
      break;
  }
  return wire::FinishKind::kCancelled;
}

infer::SamplingOptions sampling_of(const wire::Submit& submit) {
  infer::SamplingOptions options;
  options.temperature = submit.sampling.temperature;
  options.top_k = submit.sampling.top_k;
  options.top_p = submit.sampling.top_p;
  options.min_p = submit.sampling.min_p;
  options.repetition_penalty = submit.sampling.repetition_penalty;
  options.frequency_penalty = submit.sampling.frequency_penalty;
  options.presence_penalty = submit.sampling.presence_penalty;
  options.seed = submit.sampling.seed;
  options.logprobs = submit.sampling.logprobs;
  for (const auto& [id, bias] : submit.logit_bias) options.logit_bias.emplace_back(id, bias);
  return options;
}

}  // namespace

// Of one continuation; called on the engine's thread.
class RequestTable::Listener final : public infer::GenerationListener {
 public:
  // `echo`: none unless the prompt's logprobs are asked for.
  Listener(RequestTable& table, const wire::Submit& submit, uint32_t index, int64_t tokens,
           std::optional<PromptEcho> echo)
      : table_(table),
        request_(submit.request),
        index_(index),
        logprobs_(submit.sampling.logprobs >= 0),
        tokens_(tokens),
        echo_(std::move(echo)) {}

  void on_prompt(std::span<const infer::PromptToken> tokens) override { echo_->add(tokens); }

  void on_token(const infer::GeneratedToken& token) override {
    give_echo();
    wire::NewToken message;
    message.request = request_;
    message.index = index_;
    message.text = token.text;
    if (logprobs_) {
      message.chosen = alternative(token.id, token.logprob);
      for (const infer::TokenLogprob& top : token.top)
        message.likeliest.push_back(alternative(top.id, top.logprob));
    }
    table_.connection_.send(message);
  }

  void on_finish(infer::FinishReason reason, std::string_view text,
                 const infer::GenerationUsage& usage) override {
    if (reason != infer::FinishReason::kCancelled) give_echo();
    wire::Finished message;
    message.kind = kind_of(reason);
    message.text = text;
    message.cached_tokens = usage.reused_tokens;
    message.new_tokens = usage.new_tokens;
    message.queue_seconds = usage.queue_seconds;
    end(std::move(message));
  }

  void on_error(const Error& error) override {
    wire::Finished message;
    message.kind = wire::FinishKind::kFailed;
    message.message = error.what();
    end(std::move(message));
  }

 private:
  void end(wire::Finished message) {
    message.request = request_;
    message.index = index_;
    // Counted before the answer: who has it finds the queue with room.
    table_.ended(request_, tokens_);
    table_.connection_.send(message);
  }

  wire::AlternativeToken alternative(int32_t id, double logprob) const {
    return alternative_token(table_.tokenizer_, id, logprob);
  }

  void give_echo() {
    if (!echo_) return;
    wire::PromptTokens message = echo_->take();
    echo_.reset();
    message.request = request_;
    message.index = index_;
    table_.connection_.send(message);
  }

  RequestTable& table_;
  const uint64_t request_;
  const uint32_t index_;
  const bool logprobs_;
  const int64_t tokens_;            // that it holds in the queue
  std::optional<PromptEcho> echo_;  // not yet given
};

RequestTable::RequestTable(infer::Engine& engine, const components::Tokenizer& tokenizer,
                           const conversation::ChatFormat& chat, int64_t context,
                           int64_t queue_tokens, Connection& connection)
    : engine_(engine),
      tokenizer_(tokenizer),
      chat_(chat),
      context_(context),
      queue_tokens_(queue_tokens),
      connection_(connection) {}

std::vector<int32_t> RequestTable::prompt_of(const wire::Submit& submit) const {
  const bool chat = submit.kind == wire::PromptKind::kChat;
  std::vector<int32_t> ids = chat ? encode_chat(chat_, submit.text)
                             : submit.kind == wire::PromptKind::kTokens
                                 ? submit.prompt_ids
                                 : tokenizer_.encode(submit.text, true);
  const std::string name = chat ? "messages" : "prompt";
  check_ids(tokenizer_, ids, name);
  if (ids.empty()) refuse(name, name + ": no tokens; give at least one character");
  if (static_cast<int64_t>(ids.size()) >= context_)
    refuse(name, name + ": " + std::to_string(ids.size()) + " tokens, but the model's context of " +
                     std::to_string(context_) + " must hold a new one too; shorten it");
  return ids;
}

int64_t RequestTable::max_tokens_of(const wire::Submit& submit, size_t prompt_tokens) const {
  const int64_t room = context_ - static_cast<int64_t>(prompt_tokens);
  if (submit.max_tokens < 0) return room;
  if (submit.max_tokens > room)
    refuse("max_tokens", "max_tokens: " + std::to_string(prompt_tokens) + " prompt tokens and " +
                             std::to_string(submit.max_tokens) +
                             " new ones are more than the model's context of " +
                             std::to_string(context_) + "; ask for at most " +
                             std::to_string(room));
  return submit.max_tokens;
}

infer::GenerationRequest RequestTable::request_of(const wire::Submit& submit,
                                                  std::vector<int32_t> prompt_ids,
                                                  int64_t max_tokens) const {
  for (const auto& [id, bias] : submit.logit_bias) check_ids(tokenizer_, {id}, "logit_bias");
  infer::GenerationRequest request;
  request.prompt_ids = std::move(prompt_ids);
  request.max_tokens = max_tokens;
  request.sampling = sampling_of(submit);
  request.stop = submit.stop;
  request.tenant = submit.tenant;
  try {
    infer::check(request.sampling);
  } catch (const Error& error) {
    refuse("", error.what());
  }
  return request;
}

void RequestTable::submit(const wire::Submit& submit) {
  refuse_on_error(connection_, submit.request, [&] {
    std::vector<int32_t> prompt_ids = prompt_of(submit);
    const auto prompt_tokens = static_cast<int64_t>(prompt_ids.size());
    infer::GenerationRequest request = request_of(
        submit, std::move(prompt_ids), max_tokens_of(submit, static_cast<size_t>(prompt_tokens)));
    // Who leaves the length open seldom uses the whole context.
    const int64_t wished =
        submit.max_tokens < 0 ? std::min(request.max_tokens, kUsualAnswer) : request.max_tokens;
    const int64_t tokens = prompt_tokens + wished;
    const int64_t total = tokens * static_cast<int64_t>(submit.count);
    // A request that is larger than the queue is served when nothing else is.
    if (queued_tokens_ > 0 && queued_tokens_ + total > queue_tokens_) {
      connection_.send(wire::Refused{
          submit.request, wire::RefusalKind::kBusy, "",
          "the queue is full: " + std::to_string(queued_tokens_) + " tokens wait; try again"});
      return;
    }
    queued_tokens_ += total;
    wire::Accepted accepted{submit.request, prompt_tokens, ""};
    request.prompt_logprobs = submit.echo && submit.sampling.logprobs >= 0;
    if (submit.echo && !request.prompt_logprobs)
      accepted.prompt_text = submit.kind == wire::PromptKind::kText
                                 ? submit.text
                                 : tokenizer_.decode(request.prompt_ids, false);
    connection_.send(accepted);

    {
      const std::lock_guard lock(mutex_);
      running_[submit.request].left = submit.count;
    }
    for (uint32_t i = 0; i < submit.count; ++i) {
      request.sequence = i;
      std::optional<PromptEcho> echo;
      if (request.prompt_logprobs)
        echo.emplace(tokenizer_, request.prompt_ids,
                     submit.kind == wire::PromptKind::kText ? &submit.text : nullptr);
      const auto id = engine_.submit(
          request, std::make_shared<Listener>(*this, submit, i, tokens, std::move(echo)));
      const std::lock_guard lock(mutex_);
      const auto found = running_.find(submit.request);
      if (found != running_.end()) found->second.continuations.push_back(id);
    }
  });
}

void RequestTable::cancel(uint64_t request) {
  std::vector<infer::Engine::RequestId> continuations;
  {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(request);
    if (found == running_.end()) return;
    continuations = found->second.continuations;
  }
  for (const auto id : continuations) engine_.cancel(id);
}

void RequestTable::ended(uint64_t request, int64_t tokens) {
  queued_tokens_ -= tokens;
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(request);
  if (--found->second.left == 0) running_.erase(found);
}

}  // namespace lmos::worker
