#include "infer/generator.h"

#include <algorithm>
#include <optional>

#include "errors/error.h"

namespace lmos::infer {
namespace {

class Collector : public GenerationListener {
 public:
  Collector(size_t index, const Generator::Events& events, std::optional<Error>& failure)
      : index_(index), events_(events), failure_(failure) {}

  void on_token(const GeneratedToken& token) override {
    result_.ids.push_back(token.id);
    add(token.text);
  }
  void on_finish(FinishReason reason, std::string_view text, const GenerationUsage&) override {
    add(text);
    result_.reason = reason;
    if (reason != FinishReason::kCancelled && events_.on_done) events_.on_done(index_);
  }
  void on_error(const Error& error) override {
    if (!failure_) failure_ = error;
  }
  GenerationResult take() { return std::move(result_); }

 private:
  void add(std::string_view text) {
    result_.text += text;
    if (events_.on_text && !text.empty()) events_.on_text(index_, text);
  }

  size_t index_;
  const Generator::Events& events_;
  std::optional<Error>& failure_;
  GenerationResult result_;
};

}  // namespace

CacheShape cache_for(const std::vector<GenerationRequest>& requests, int64_t context) {
  constexpr int64_t kMostSlots = 16;
  constexpr int64_t kChunk = 512;  // tokens of prompts in one pass
  int64_t longest = 1;
  for (const GenerationRequest& request : requests)
    longest =
        std::max(longest, static_cast<int64_t>(request.prompt_ids.size()) + request.max_tokens);
  return {std::min<int64_t>(kMostSlots, static_cast<int64_t>(requests.size())),
          context > 0 ? std::min(longest, context) : longest, kChunk};
}

void Generator::check(const std::vector<GenerationRequest>& requests) const {
  for (size_t i = 0; i < requests.size(); ++i) {
    try {
      scheduler_.check(requests[i]);
    } catch (const Error& error) {
      throw Error(error.kind(), "request " + std::to_string(i + 1) + ": " + error.what());
    }
  }
}

std::vector<GenerationResult> Generator::run(const std::vector<GenerationRequest>& requests,
                                             const std::atomic<bool>* cancelled,
                                             const Events& events) {
  check(requests);
  std::optional<Error> failure;
  std::vector<std::shared_ptr<Collector>> collectors;
  for (size_t i = 0; i < requests.size(); ++i) {
    collectors.push_back(std::make_shared<Collector>(i, events, failure));
    scheduler_.add(i, requests[i], collectors.back());
  }
  while (!scheduler_.idle() && !failure) {
    if (cancelled != nullptr && cancelled->load()) {
      scheduler_.cancel_all();
      break;
    }
    scheduler_.step();
  }
  if (failure) {
    scheduler_.cancel_all();
    throw *failure;
  }
  std::vector<GenerationResult> results;
  for (const auto& collector : collectors) results.push_back(collector->take());
  return results;
}

}  // namespace lmos::infer
