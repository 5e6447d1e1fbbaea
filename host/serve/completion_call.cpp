#include "serve/completion_call.h"

#include <chrono>
#include <optional>
#include <random>

#include "formats/json_text.h"
#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/api_error.h"
#include "serve/completion_text.h"

namespace lmos::serve {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string new_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  thread_local std::mt19937_64 generator{std::random_device{}()};
  std::string id = "cmpl-";
  for (int i = 0; i < 24; ++i) id += kDigits[generator() & 15];
  return id;
}

// One continuation.
struct Choice {
  std::string text;        // not yet given out
  TokenLogprobs logprobs;  // not yet given out
  size_t characters = 0;   // given out, the echoed prompt included
  std::optional<wire::FinishKind> finish;
  std::optional<Clock::time_point> last_token;
};

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<HttpExchange> exchange, CompletionRequest request, ServedModel& model,
       Tenant tenant)
      : exchange_(std::move(exchange)),
        request_(std::move(request)),
        model_(model),
        tenant_(std::move(tenant)),
        text_(new_id(), request_.model,
              std::chrono::duration_cast<std::chrono::seconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count()),
        choices_(request_.prompts.size() * static_cast<size_t>(request_.form.n)),
        unfinished_(choices_.size()) {}

  void start();

  void accepted(size_t prompt, const wire::Accepted& accepted) {
    usage_.prompt_tokens += accepted.prompt_tokens;
    model_.metrics().prompt_tokens += static_cast<uint64_t>(accepted.prompt_tokens);
    charge(accepted.prompt_tokens);
    if (request_.echo)
      for (size_t i = 0; i < static_cast<size_t>(request_.form.n); ++i)
        choices_[prompt * static_cast<size_t>(request_.form.n) + i].text = accepted.prompt_text;
    if (++accepted_ < request_.prompts.size() || !request_.form.stream) return;
    streaming_ = true;
    exchange_->begin_events();
    for (uint32_t i = 0; i < choices_.size(); ++i) give_out(i);
  }

  void token(uint32_t index, const wire::NewToken& token) {
    Choice& choice = choices_[index];
    const auto now = Clock::now();
    if (choice.last_token)
      model_.metrics().next_token.observe(seconds_between(*choice.last_token, now));
    else
      model_.metrics().first_token.observe(seconds_between(arrived_, now));
    choice.last_token = now;
    choice.text += token.text;
    if (request_.logprobs) choice.logprobs.add(token);
    give_out(index);
  }

  void finished(uint32_t index, const wire::Finished& finished) {
    ModelMetrics& metrics = model_.metrics();
    usage_.completion_tokens += finished.new_tokens;
    metrics.new_tokens += static_cast<uint64_t>(finished.new_tokens);
    // A prompt counts once, however many continuations it has.
    if (index % static_cast<uint32_t>(request_.form.n) == 0) {
      usage_.cached_tokens += finished.cached_tokens;
      metrics.cached_tokens += static_cast<uint64_t>(finished.cached_tokens);
    }
    metrics.queue.observe(finished.queue_seconds);
    charge(finished.new_tokens);
    if (finished.kind == wire::FinishKind::kFailed || finished.kind == wire::FinishKind::kCancelled)
      return fail(internal_error(finished.message), "failed");
    choices_[index].text += finished.text;
    choices_[index].finish = finished.kind;
    give_out(index);
    if (--unfinished_ == 0) answer();
  }

  void fail(const ApiError& error, const char* outcome) {
    if (over_) return;
    cancel();
    end(outcome);
    if (!streaming_) return respond_error(*exchange_, error);
    exchange_->send_event(compact_json(error.json()));
    exchange_->end_events();
  }

 private:
  class Events;

  void charge(int64_t tokens) {
    if (tenant_.charge) tenant_.charge(tokens);
  }

  // In a stream, what is known of the continuation and was not sent.
  void give_out(uint32_t index) {
    Choice& choice = choices_[index];
    if (!streaming_ || over_) return;
    if (choice.text.empty() && choice.logprobs.chosen.empty() && !choice.finish) return;
    const std::string text = replace_invalid_utf8(choice.text);
    exchange_->send_event(text_.event(index, text, choice.logprobs, choice.characters,
                                      choice.finish, request_.form.include_usage));
    choice.characters += count_characters(text);
    choice.text.clear();
    choice.logprobs = {};
    choice.finish.reset();
  }

  void answer() {
    end("ok");
    if (streaming_) {
      if (request_.form.include_usage) exchange_->send_event(text_.usage_event(usage_));
      exchange_->send_event("[DONE]");
      exchange_->end_events();
      return;
    }
    Json::Array choices;
    for (uint32_t i = 0; i < choices_.size(); ++i) {
      Choice& choice = choices_[i];
      choices.push_back(CompletionText::choice(i, replace_invalid_utf8(choice.text),
                                               choice.logprobs, choice.characters, *choice.finish));
    }
    HttpResponse response;
    response.body = text_.whole(std::move(choices), usage_);
    exchange_->respond(std::move(response));
  }

  void cancel() {
    for (const uint64_t id : ids_) model_.cancel(id);
  }

  void end(const char* outcome) {
    over_ = true;
    ++model_.metrics().requests[outcome];
    model_.metrics().request.observe(seconds_between(arrived_, Clock::now()));
  }

  const Clock::time_point arrived_ = Clock::now();
  const std::shared_ptr<HttpExchange> exchange_;
  CompletionRequest request_;
  ServedModel& model_;
  const Tenant tenant_;
  const CompletionText text_;
  std::vector<uint64_t> ids_;    // of the prompts, at the model
  std::vector<Choice> choices_;  // [prompts · n]
  size_t unfinished_;
  size_t accepted_ = 0;  // prompts
  bool streaming_ = false;
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
    const auto n = static_cast<uint32_t>(call_->request_.form.n);
    if (index >= n) return std::nullopt;
    return static_cast<uint32_t>(prompt_) * n + index;
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
  for (size_t i = 0; i < request_.prompts.size(); ++i) {
    wire::Submit submit = std::move(request_.prompts[i]);
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

void start_completion(std::shared_ptr<HttpExchange> exchange, CompletionRequest request,
                      ServedModel& model, Tenant tenant) {
  std::make_shared<Call>(std::move(exchange), std::move(request), model, std::move(tenant))
      ->start();
}

}  // namespace lmos::serve
