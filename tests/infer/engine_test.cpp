#include "infer/engine.h"

#include <gtest/gtest.h>

#include <future>

#include "infer/served_model.h"

namespace lmos::infer {
namespace {

class Waiting : public GenerationListener {
 public:
  std::future<FinishReason> reason() { return reason_.get_future(); }
  std::future<void> first_token() { return first_.get_future(); }
  const std::vector<int32_t>& ids() const { return ids_; }

  void on_token(const GeneratedToken& token) override {
    if (ids_.empty()) first_.set_value();
    ids_.push_back(token.id);
  }
  void on_finish(FinishReason reason, std::string_view, const GenerationUsage&) override {
    reason_.set_value(reason);
  }
  void on_error(const Error& error) override {
    reason_.set_exception(std::make_exception_ptr(error));
  }

 private:
  std::promise<FinishReason> reason_;
  std::promise<void> first_;
  std::vector<int32_t> ids_;
};

constexpr CacheShape kShape{.sequences = 4, .capacity = 128, .chunk = 32, .page_tokens = 8};

TEST(Engine, AnswersRequestsOfManyThreads) {
  ServedModel model(kShape);
  Engine engine(model.cached(), model.tokenizer(), {});
  std::vector<std::thread> clients;
  std::vector<std::vector<int32_t>> answers(12);
  for (int32_t client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (int32_t i = 0; i < 3; ++i) {
        const auto listener = std::make_shared<Waiting>();
        auto reason = listener->reason();
        // Clients 0 and 2 ask the same.
        engine.submit(greedy(prompt(9, client % 2 + 2 * i), 6), listener);
        EXPECT_EQ(reason.get(), FinishReason::kLength);
        answers[static_cast<size_t>(client * 3 + i)] = listener->ids();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(answers[i], answers[i + 6]);
  EXPECT_NE(answers[0], answers[1]);
}

TEST(Engine, CancelsARequestThatRuns) {
  ServedModel model(kShape);
  Engine engine(model.cached(), model.tokenizer(), {});
  const auto listener = std::make_shared<Waiting>();
  auto reason = listener->reason();
  auto first = listener->first_token();
  const auto id = engine.submit(greedy(prompt(4, 1), 120), listener);
  first.wait();
  engine.cancel(id);
  const FinishReason how = reason.get();  // it may have been quicker
  EXPECT_TRUE(how == FinishReason::kCancelled || listener->ids().size() == 120);
}

TEST(Engine, ReportsARequestThatDoesNotFit) {
  ServedModel model(kShape);
  Engine engine(model.cached(), model.tokenizer(), {});
  const auto listener = std::make_shared<Waiting>();
  auto reason = listener->reason();
  engine.submit(greedy(prompt(100, 1), 100), listener);
  EXPECT_THROW(reason.get(), Error);
}

TEST(Engine, CancelsWhatIsUnderWayWhenItEnds) {
  ServedModel model(kShape);
  std::vector<std::shared_ptr<Waiting>> listeners;
  std::vector<std::future<FinishReason>> reasons;
  {
    Engine engine(model.cached(), model.tokenizer(), {});
    for (int32_t i = 0; i < 8; ++i) {
      listeners.push_back(std::make_shared<Waiting>());
      reasons.push_back(listeners.back()->reason());
      engine.submit(greedy(prompt(20, i), 100), listeners.back());
    }
    listeners.front()->first_token().wait();
  }
  int cancelled = 0;
  for (auto& reason : reasons) cancelled += reason.get() == FinishReason::kCancelled;
  EXPECT_GT(cancelled, 0);
}

}  // namespace
}  // namespace lmos::infer
