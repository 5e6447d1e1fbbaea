// Bodies of requests and the figures of the daemon.
#include <gtest/gtest.h>

#include "formats/json_text.h"
#include "serve/api_error.h"
#include "serve/completion_request.h"
#include "serve/metrics.h"

namespace lmos::serve {
namespace {

LimitsConfig limits() {
  LimitsConfig limits;
  limits.prompts = 8;
  limits.n = 8;
  limits.logprobs = 5;
  return limits;
}

CompletionRequest read(const std::string& body) {
  const Json json = parse_json(body, "test");
  completion_body(limits()).check(json);
  return read_completion_request(json);
}

TEST(CompletionRequests, TakeEveryFieldOfTheApi) {
  const CompletionRequest request =
      read(R"({"model":"m","prompt":["a","b"],"n":2,"max_tokens":9,"temperature":0.5,
        "top_p":0.9,"top_k":40,"min_p":0.1,"repetition_penalty":1.2,"frequency_penalty":-1,
        "presence_penalty":1,"seed":-5,"stop":["x","y"],"logit_bias":{"7":-3.5},"logprobs":2,
        "stream":true,"stream_options":{"include_usage":true},"best_of":2,"user":"u","suffix":null})");
  EXPECT_EQ(request.model, "m");
  EXPECT_TRUE(request.form.stream && request.form.include_usage);
  ASSERT_EQ(request.prompts.size(), 2u);
  const wire::Submit& submit = request.prompts[1];
  EXPECT_EQ(submit.text, "b");
  EXPECT_EQ(submit.kind, wire::PromptKind::kText);
  EXPECT_EQ(submit.count, 2u);
  EXPECT_EQ(submit.max_tokens, 9);
  EXPECT_EQ(submit.sampling.temperature, 0.5);
  EXPECT_EQ(submit.sampling.top_p, 0.9);
  EXPECT_EQ(submit.sampling.top_k, 40);
  EXPECT_EQ(submit.sampling.min_p, 0.1);
  EXPECT_EQ(submit.sampling.repetition_penalty, 1.2);
  EXPECT_EQ(submit.sampling.frequency_penalty, -1);
  EXPECT_EQ(submit.sampling.presence_penalty, 1);
  EXPECT_EQ(submit.sampling.seed, static_cast<uint64_t>(-5));
  EXPECT_EQ(submit.sampling.logprobs, 2);
  EXPECT_EQ(submit.stop, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(submit.logit_bias, (std::vector<std::pair<int32_t, double>>{{7, -3.5}}));
}

TEST(CompletionRequests, PromptsAreTextsOrTokens) {
  const auto prompts = [](const char* prompt) {
    return read(R"({"model":"m","prompt":)" + std::string(prompt) + "}").prompts;
  };
  EXPECT_EQ(prompts(R"("a")").size(), 1u);
  EXPECT_EQ(prompts("[1,2,3]").at(0).prompt_ids, (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(prompts("[[1],[2,3]]").at(1).prompt_ids, (std::vector<int32_t>{2, 3}));
  EXPECT_THROW(prompts("[[1],[2,\"3\"]]"), ApiError);
}

TEST(Metrics, BucketsAddUp) {
  Histogram histogram;
  for (const double seconds : {0.00005, 0.0001, 0.00015, 1000.0}) histogram.observe(seconds);
  std::string text;
  histogram.print("x", "model=\"m\"", text);
  EXPECT_NE(text.find("x_bucket{model=\"m\",le=\"1e-04\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("le=\"2e-04\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("le=\"+Inf\"} 4\n"), std::string::npos);
  EXPECT_NE(text.find("x_count{model=\"m\"} 4\n"), std::string::npos);
}

}  // namespace
}  // namespace lmos::serve
