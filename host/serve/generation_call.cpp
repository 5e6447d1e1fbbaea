#include "serve/generation_call.h"

#include <chrono>
#include <optional>

#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<HttpExchange> exchange, std::vector<wire::Submit> prompts,
       std::unique_ptr<AnswerWriter> writer, ServedModel& model, Tenant tenant)
      : exchange_(std::move(exchange)),
        prompts_(std::move(prompts)),
        writer_(std::move(writer)),
        model_(model),
        tenant_(std::move(tenant)),
        count_(prompts_.front().count),
        logprobs_(prompts_.front().sampling.logprobs >= 0),
        last_tokens_(prompts_.size() * count_),
        unfinished_(last_tokens_.size()) {}

  void start();

 private:
  class Events;

  void accepted(size_t prompt, wire::Accepted accepted) {
    usage_.prompt_tokens += accepted.prompt_tokens;
    model_.metrics().prompt_tokens += static_cast<uint64_t>(accepted.prompt_tokens);
    charge(accepted.prompt_tokens);
    prompts_[prompt].text = std::move(accepted.prompt_text);
    if (++accepted_ == prompts_.size()) begin();
  }

  // Continuations may begin before the last prompt is accepted.
  void begin() {
    writer_->begin();
    for (uint32_t i = 0; i < last_tokens_.size(); ++i)
      if (const std::string& echo = prompts_[i / count_].text; !echo.empty()) add(i, echo, {}, {});
    for (const Early& early : std::exchange(early_, {}))
      add(early.index, early.text, early.logprobs, early.finish);
    if (unfinished_ == 0) answer();
  }

  void echo(uint32_t index, const wire::PromptTokens& prompt) {
    TokenLogprobs logprobs;
    logprobs.add(prompt);
    add(index, prompt.text, logprobs, {});
  }

  void token(uint32_t index, const wire::NewToken& token) {
    std::optional<Clock::time_point>& last = last_tokens_[index];
    const auto now = Clock::now();
    if (last)
      model_.metrics().next_token.observe(seconds_between(*last, now));
    else
      model_.metrics().first_token.observe(seconds_between(arrived_, now));
    last = now;
    TokenLogprobs logprobs;
    if (logprobs_) logprobs.add(token);
    add(index, token.text, logprobs, {});
  }

  void finished(uint32_t index, const wire::Finished& finished) {
    ModelMetrics& metrics = model_.metrics();
    usage_.completion_tokens += finished.new_tokens;
    metrics.new_tokens += static_cast<uint64_t>(finished.new_tokens);
    // A prompt counts once, however many continuations it has.
    if (index % count_ == 0) {
      usage_.cached_tokens += finished.cached_tokens;
      metrics.cached_tokens += static_cast<uint64_t>(finished.cached_tokens);
    }
    metrics.queue.observe(finished.queue_seconds);
    charge(finished.new_tokens);
    if (finished.kind == wire::FinishKind::kFailed || finished.kind == wire::FinishKind::kCancelled)
      return fail(internal_error(finished.message), "failed");
    add(index, finished.text, {}, finished.kind);
    if (--unfinished_ == 0 && accepted_ == prompts_.size()) answer();
  }

  void add(uint32_t index, const std::string& text, const TokenLogprobs& logprobs,
           std::optional<wire::FinishKind> finish) {
    if (text.empty() && logprobs.empty() && !finish) return;
    if (accepted_ < prompts_.size()) {
      early_.push_back({index, text, logprobs, finish});
      return;
    }
    writer_->add({index, replace_invalid_utf8(text), logprobs, finish});
  }

  void answer() {
    end("ok");
    writer_->end(usage_);
  }

  void fail(const ApiError& error, const char* outcome) {
    if (over_) return;
    cancel();
    end(outcome);
    writer_->fail(error);
  }

  void charge(int64_t tokens) {
    if (tenant_.charge) tenant_.charge(tokens);
  }

  void cancel() {
    for (const uint64_t id : ids_) model_.cancel(id);
  }

  void end(const char* outcome) {
    over_ = true;
    ++model_.metrics().requests[outcome];
    model_.metrics().request.observe(seconds_between(arrived_, Clock::now()));
  }

  struct Early {
    uint32_t index;
    std::string text;
    TokenLogprobs logprobs;
    std::optional<wire::FinishKind> finish;
  };

  const Clock::time_point arrived_ = Clock::now();
  const std::shared_ptr<HttpExchange> exchange_;
  std::vector<wire::Submit> prompts_;  // once accepted, `text` is what is echoed
  const std::unique_ptr<AnswerWriter> writer_;
  ServedModel& model_;
  const Tenant tenant_;
  const uint32_t count_;  // continuations of a prompt
  const bool logprobs_;
  std::vector<uint64_t> ids_;                                  // of the prompts, at the model
  std::vector<std::optional<Clock::time_point>> last_tokens_;  // [prompts · count]
  std::vector<Early> early_;
  size_t unfinished_;
  size_t accepted_ = 0;  // prompts
  bool over_ = false;
  Usage usage_;
};

// Of one prompt.
class Call::Events final : public RequestEvents {
 public:
  Events(std::shared_ptr<Call> call, size_t prompt) : call_(std::move(call)), prompt_(prompt) {}

  void on_message(const wire::Message& message) override {
    if (call_->over_) return;
    if (const auto* token = std::get_if<wire::NewToken>(&message)) {
      if (const auto index = choice(token->index)) call_->token(*index, *token);
    } else if (const auto* finished = std::get_if<wire::Finished>(&message)) {
      if (const auto index = choice(finished->index)) call_->finished(*index, *finished);
    } else if (const auto* prompt = std::get_if<wire::PromptTokens>(&message)) {
      if (const auto index = choice(prompt->index)) call_->echo(*index, *prompt);
    } else if (const auto* accepted = std::get_if<wire::Accepted>(&message)) {
      call_->accepted(prompt_, *accepted);
    } else if (const auto* refused = std::get_if<wire::Refused>(&message)) {
      call_->fail(refusal_error(*refused), "refused");
    }
  }

  void on_lost(const std::string&) override { call_->fail(lost_error(), "failed"); }

 private:
  // None for a number that the worker should not have sent.
  std::optional<uint32_t> choice(uint32_t index) const {
    if (index >= call_->count_) return std::nullopt;
    return static_cast<uint32_t>(prompt_) * call_->count_ + index;
  }

  std::shared_ptr<Call> call_;
  size_t prompt_;
};

void Call::start() {
  exchange_->on_gone([weak = weak_from_this()] {
    const auto call = weak.lock();
    if (!call || call->over_) return;
    call->cancel();
    call->end("cancelled");
  });
  for (size_t i = 0; i < prompts_.size(); ++i) {
    wire::Submit submit = std::exchange(prompts_[i], {});
    submit.tenant = tenant_.id;
    try {
      ids_.push_back(
          model_.submit(std::move(submit), std::make_shared<Events>(shared_from_this(), i)));
    } catch (const ApiError& error) {
      return fail(error, "refused");
    }
  }
}

}  // namespace

void start_generation(std::shared_ptr<HttpExchange> exchange, std::vector<wire::Submit> prompts,
                      std::unique_ptr<AnswerWriter> writer, ServedModel& model, Tenant tenant) {
  std::make_shared<Call>(std::move(exchange), std::move(prompts), std::move(writer), model,
                         std::move(tenant))
      ->start();
}

}  // namespace lmos::serve
