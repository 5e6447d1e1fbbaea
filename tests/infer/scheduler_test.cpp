#include "infer/scheduler.h"

#include <gtest/gtest.h>

#include <map>

#include "infer/logprobs.h"
#include "infer/served_model.h"

namespace lmos::infer {
namespace {

struct Outcome {
  std::vector<int32_t> ids;
  std::vector<double> logprobs;  // of ids, and of the likeliest beside each
  std::vector<PromptToken> prompt;
  std::string text, error;
  std::optional<FinishReason> reason;
  GenerationUsage usage;
  int order = -1;  // in which requests ended
};

class Recorder : public GenerationListener {
 public:
  Recorder(Outcome& outcome, int& ended) : outcome_(outcome), ended_(ended) {}
  void on_prompt(std::span<const PromptToken> tokens) override {
    outcome_.prompt.insert(outcome_.prompt.end(), tokens.begin(), tokens.end());
  }
  void on_token(const GeneratedToken& token) override {
    outcome_.ids.push_back(token.id);
    outcome_.logprobs.push_back(token.logprob);
    for (const TokenLogprob& top : token.top) outcome_.logprobs.push_back(top.logprob);
    outcome_.text += token.text;
  }
  void on_finish(FinishReason reason, std::string_view text,
                 const GenerationUsage& usage) override {
    outcome_.text += text;
    outcome_.reason = reason;
    outcome_.usage = usage;
    outcome_.order = ended_++;
  }
  void on_error(const Error& error) override {
    outcome_.error = error.what();
    outcome_.order = ended_++;
  }

 private:
  Outcome& outcome_;
  int& ended_;
};

class Serving {
 public:
  explicit Serving(const CacheShape& shape, bool batch_invariant = false, int64_t most_drafted = 0,
                   std::vector<int32_t> end_ids = {}, const char* backend = "cpu")
      : model_(shape, batch_invariant, LMOS_F32, backend),
        scheduler(model_.cached(), model_.tokenizer(), std::move(end_ids), most_drafted) {}

  Outcome& add(GenerationRequest request) {
    const uint64_t id = outcomes_.size();
    Outcome& outcome = outcomes_[id];
    scheduler.add(id, std::move(request), std::make_shared<Recorder>(outcome, ended_));
    return outcome;
  }
  void run() {
    while (!scheduler.idle()) scheduler.step();
  }
  Outcome answer(GenerationRequest request) {
    Outcome& outcome = add(std::move(request));
    run();
    return outcome;
  }
  // The outcomes of requests that are there from the start.
  std::vector<const Outcome*> answer_all(const std::vector<GenerationRequest>& requests) {
    std::vector<const Outcome*> outcomes;
    for (const GenerationRequest& request : requests) outcomes.push_back(&add(request));
    run();
    return outcomes;
  }

 private:
  ServedModel model_;
  std::map<uint64_t, Outcome> outcomes_;
  int ended_ = 0;

 public:
  Scheduler scheduler;
};

constexpr CacheShape kOne{.sequences = 1, .capacity = 128, .chunk = 64, .page_tokens = 8};

// What each request gives when it has the machine to itself.
std::vector<int32_t> alone(const GenerationRequest& request) {
  return Serving(kOne).answer(request).ids;
}

TEST(Scheduler, ARequestGetsTheSameTokensAloneAndInABatch) {
  Serving serving({.sequences = 3, .capacity = 128, .chunk = 24, .page_tokens = 8});
  std::vector<GenerationRequest> requests;
  for (int32_t i = 0; i < 7; ++i) requests.push_back(greedy(prompt(3 + 11 * i, i), 5 + 3 * i));
  requests[4].sampling.temperature = 0.9;
  requests[4].sampling.seed = 5;
  std::vector<Outcome*> outcomes;
  for (const GenerationRequest& request : requests) outcomes.push_back(&serving.add(request));
  serving.run();
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(outcomes[i]->ids, alone(requests[i])) << "request " << i;
    EXPECT_EQ(outcomes[i]->reason, FinishReason::kLength);
    EXPECT_EQ(outcomes[i]->usage.new_tokens, requests[i].max_tokens);
  }
  EXPECT_EQ(outcomes[0]->text.substr(0, 1), "<");
}

TEST(Scheduler, ReusesThePromptsOfTheSameTenantOnly) {
  Serving serving({.sequences = 2, .capacity = 128, .chunk = 64, .page_tokens = 8});
  std::vector<int32_t> ids = prompt(50, 1);
  const Outcome first = serving.answer(greedy(ids, 4, "a"));
  EXPECT_EQ(first.usage.reused_tokens, 0);
  const Outcome again = serving.answer(greedy(ids, 4, "a"));
  EXPECT_EQ(again.usage.reused_tokens, 48);
  EXPECT_EQ(again.ids, first.ids);
  EXPECT_EQ(serving.answer(greedy(ids, 4, "b")).usage.reused_tokens, 0);
  ids.resize(40);
  EXPECT_EQ(serving.answer(greedy(ids, 1, "a")).usage.reused_tokens, 32)
      << "the last token is computed for its logits";
}

TEST(Scheduler, ReusesWhatARequestGeneratedAsWell) {
  Serving serving({.sequences = 2, .capacity = 128, .chunk = 64, .page_tokens = 8});
  std::vector<int32_t> ids = prompt(10, 2);
  const Outcome first = serving.answer(greedy(ids, 30, "a"));
  ids.insert(ids.end(), first.ids.begin(), first.ids.end());
  EXPECT_GE(serving.answer(greedy(ids, 1, "a")).usage.reused_tokens, 32);
}

TEST(Scheduler, ContinuationsOfOnePromptReadItOnce) {
  Serving serving({.sequences = 4, .capacity = 128, .chunk = 32, .page_tokens = 8});
  std::vector<Outcome*> outcomes;
  for (uint64_t i = 0; i < 4; ++i) {
    GenerationRequest request = greedy(prompt(100, 1), 4);
    request.sequence = i;
    outcomes.push_back(&serving.add(std::move(request)));
  }
  serving.run();
  EXPECT_EQ(outcomes[0]->usage.reused_tokens, 0);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(outcomes[i]->usage.reused_tokens, 96);
    EXPECT_EQ(outcomes[i]->ids, outcomes[0]->ids);
  }
}

TEST(Scheduler, TellsHowLikelyAPromptIsHoweverItIsRead) {
  const std::vector<int32_t> ids = prompt(50, 1);
  ServedModel whole(kOne, true);
  std::vector<Token> tokens;
  std::vector<int32_t> rows;
  for (int32_t i = 0; i < 50; ++i) {
    tokens.push_back({ids[static_cast<size_t>(i)], 0, i});
    rows.push_back(i);
  }
  const std::span<const float> logits = whole.cached().forward(tokens, rows);
  const auto expected = [&](size_t place) {
    const auto row = logits.subspan((place - 1) * kVocab, kVocab);
    return row[static_cast<size_t>(ids[place])] - log_sum_exp(row);
  };
  // Beside others, in pieces, after the same text was cached, and in a cache that is too small.
  Serving serving({.sequences = 3, .capacity = 128, .chunk = 16, .page_tokens = 8, .pages = 18},
                  true);
  serving.answer(greedy(ids, 4));
  GenerationRequest request = greedy(ids, 0);
  request.prompt_logprobs = true;
  request.sampling.logprobs = 2;
  for (int32_t i = 0; i < 3; ++i) serving.add(greedy(prompt(40, 5 + i), 40));
  const Outcome& outcome = serving.add(request);
  serving.run();
  EXPECT_TRUE(outcome.ids.empty());
  EXPECT_EQ(outcome.reason, FinishReason::kLength);
  ASSERT_EQ(outcome.prompt.size(), 49u);
  for (size_t place = 1; place < 50; ++place) {
    const PromptToken& token = outcome.prompt[place - 1];
    EXPECT_EQ(token.id, ids[place]);
    EXPECT_EQ(token.logprob, expected(place)) << place;
    ASSERT_EQ(token.top.size(), 2u);
    EXPECT_GE(token.top[0].logprob, token.top[1].logprob);
  }
}

TEST(Scheduler, AFullCacheDelaysRequestsAndChangesNoResult) {
  // Ten pages of 8 tokens for four requests of up to 60.
  Serving serving({.sequences = 4, .capacity = 128, .chunk = 32, .page_tokens = 8, .pages = 10});
  std::vector<GenerationRequest> requests;
  std::vector<Outcome*> outcomes;
  for (int32_t i = 0; i < 4; ++i) {
    requests.push_back(greedy(prompt(10 + i, i), 48));
    outcomes.push_back(&serving.add(requests.back()));
  }
  serving.run();
  EXPECT_GT(serving.scheduler.statistics().preemptions, 0);
  for (size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(outcomes[i]->ids, alone(requests[i])) << "request " << i;
  EXPECT_EQ(serving.scheduler.statistics().available_pages, 10);
  EXPECT_LT(outcomes[0]->order, outcomes[3]->order) << "the last to begin gives way";
}

struct Asked {
  const char* name;
  void (*change)(GenerationRequest&);
};

// Of a model that nobody trained, greedy texts repeat themselves, and drawn ones hardly do.
const Asked kAsked[] = {
    {"greedy", [](GenerationRequest&) {}},
    {"drawn", [](GenerationRequest& r) { r.sampling.temperature = 0.7; }},
    {"drawn of few",
     [](GenerationRequest& r) {
       r.sampling.temperature = 1.5;
       r.sampling.top_k = 3;
       r.sampling.top_p = 0.9;
       r.sampling.min_p = 0.01;
     }},
    {"penalties",
     [](GenerationRequest& r) {
       r.sampling.repetition_penalty = 1.01;
       r.sampling.frequency_penalty = 0.01;
       r.sampling.presence_penalty = 0.02;
     }},
    {"one token",
     [](GenerationRequest& r) {
       r.sampling.logit_bias = {{17, 100}};
     }},
    {"a stop string", [](GenerationRequest& r) { r.stop = {"><8"}; }},
    {"logprobs", [](GenerationRequest& r) { r.sampling.logprobs = 3; }},
    {"a prompt told of",
     [](GenerationRequest& r) {
       r.prompt_logprobs = true;
       r.sampling.logprobs = 1;
     }},
    {"another continuation",
     [](GenerationRequest& r) {
       r.sampling.temperature = 0.7;
       r.sequence = 1;
     }},
};

std::vector<GenerationRequest> asked_requests() {
  std::vector<GenerationRequest> requests;
  for (const Asked& asked : kAsked) {
    std::vector<int32_t> ids = prompt(9, 1);
    ids.insert(ids.end(), ids.begin(), ids.end());  // something to look up from the start
    requests.push_back(greedy(ids, 60));
    asked.change(requests.back());
  }
  return requests;
}

TEST(Scheduler, ADeviceThatPicksTheLikeliestOutGivesTheSameTokens) {
  constexpr CacheShape kShape{.sequences = 3, .capacity = 96, .chunk = 64, .page_tokens = 8};
  {
    ServedModel cpu(kShape), reference(kShape, false, LMOS_F32, "reference");
    const Token token{5, 0, 0};
    const int32_t row = 0;
    for (ServedModel* model : {&cpu, &reference}) model->cached().run({&token, 1}, {&row, 1});
    ASSERT_FALSE(cpu.cached().likeliest(0));
    ASSERT_TRUE(reference.cached().likeliest(0));
  }
  Serving whole(kShape), picking(kShape, false, 0, {}, "reference");
  const auto expected = whole.answer_all(asked_requests());
  const auto outcomes = picking.answer_all(asked_requests());
  for (size_t i = 0; i < outcomes.size(); ++i)
    EXPECT_EQ(outcomes[i]->ids, expected[i]->ids) << kAsked[i].name;
}

TEST(Scheduler, GuessesChangeNoResult) {
  const std::vector<int32_t> end_ids = {5, 100, 233};
  // With the machine to itself; beside others; in a cache that is too small.
  const CacheShape shapes[] = {
      {.sequences = 1, .capacity = 96, .chunk = 64, .page_tokens = 8},
      {.sequences = 3, .capacity = 96, .chunk = 24, .page_tokens = 16},
      {.sequences = 4, .capacity = 96, .chunk = 13, .page_tokens = 8, .pages = 18}};
  for (const CacheShape& shape : shapes) {
    Serving plain(shape, true, 0, end_ids), guessing(shape, true, 15, end_ids);
    const auto expected = plain.answer_all(asked_requests());
    const auto outcomes = guessing.answer_all(asked_requests());
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const std::string what =
          std::string(kAsked[i].name) + ", " + std::to_string(shape.sequences) + " at once";
      EXPECT_EQ(outcomes[i]->ids, expected[i]->ids) << what;
      EXPECT_EQ(outcomes[i]->logprobs, expected[i]->logprobs) << what;
      EXPECT_EQ(outcomes[i]->text, expected[i]->text) << what;
      EXPECT_EQ(outcomes[i]->reason, expected[i]->reason) << what;
      EXPECT_EQ(outcomes[i]->prompt.size(), expected[i]->prompt.size()) << what;
      EXPECT_EQ(outcomes[i]->usage.new_tokens, expected[i]->usage.new_tokens) << what;
    }
    const SchedulerStatistics without = plain.scheduler.statistics(),
                              with = guessing.scheduler.statistics();
    EXPECT_EQ(without.drafted_tokens, 0);
    EXPECT_GT(with.accepted_tokens, 0);
    EXPECT_GT(with.drafted_tokens, with.accepted_tokens) << "some were wrong";
    EXPECT_LT(with.steps, without.steps);
    EXPECT_EQ(with.new_tokens, without.new_tokens);
    EXPECT_EQ(with.available_pages, without.available_pages);
  }
}

TEST(Scheduler, WrongGuessesAreNotReused) {
  const CacheShape shape{.sequences = 1, .capacity = 96, .chunk = 64, .page_tokens = 8};
  Serving guessing(shape, true, 15), plain(shape, true);
  GenerationRequest request = greedy(prompt(20, 1), 40);
  request.sampling.temperature = 0.7;
  std::vector<int32_t> ids = request.prompt_ids;
  const Outcome first = guessing.answer(request);
  ids.insert(ids.end(), first.ids.begin(), first.ids.end());
  const GenerationRequest more = greedy(ids, 8);
  const Outcome again = guessing.answer(more);
  EXPECT_GE(again.usage.reused_tokens, 48);
  EXPECT_EQ(again.ids, plain.answer(more).ids);
}

TEST(Scheduler, TakesTurnsBetweenTenants) {
  Serving serving({.sequences = 1, .capacity = 64, .chunk = 64, .page_tokens = 8});
  std::vector<Outcome*> many;
  for (int32_t i = 0; i < 6; ++i) many.push_back(&serving.add(greedy(prompt(8, i), 4, "many")));
  serving.scheduler.step();
  Outcome& single = serving.add(greedy(prompt(8, 9), 4, "single"));
  serving.run();
  EXPECT_EQ(single.order, 1) << "after the one that was under way";
  EXPECT_LT(many[1]->order, many[5]->order);
}

TEST(Scheduler, CancelsWaitingAndActiveRequests) {
  Serving serving({.sequences = 1, .capacity = 128, .chunk = 16, .page_tokens = 8});
  Outcome& active = serving.add(greedy(prompt(60, 1), 20));
  Outcome& waiting = serving.add(greedy(prompt(8, 2), 20));
  Outcome& last = serving.add(greedy(prompt(8, 3), 2));
  serving.scheduler.step();  // within the first prompt
  serving.scheduler.cancel(0);
  serving.scheduler.cancel(1);
  serving.scheduler.cancel(77);
  EXPECT_EQ(active.reason, FinishReason::kCancelled);
  EXPECT_EQ(waiting.reason, FinishReason::kCancelled);
  EXPECT_TRUE(active.ids.empty());
  serving.run();
  EXPECT_EQ(last.reason, FinishReason::kLength);
  EXPECT_EQ(serving.scheduler.statistics().available_pages, 16);
  EXPECT_EQ(serving.scheduler.statistics().waiting_tokens, 0);
}

TEST(Scheduler, AFailingRequestDoesNotDisturbOthers) {
  Serving serving({.sequences = 2, .capacity = 64, .chunk = 64, .page_tokens = 8});
  GenerationRequest bad = greedy(prompt(8, 1), 4);
  bad.sampling.logit_bias = {{kVocab, 1}};
  Outcome& failed = serving.add(std::move(bad));
  Outcome& good = serving.add(greedy(prompt(8, 2), 4));
  serving.run();
  EXPECT_NE(failed.error.find("logit_bias"), std::string::npos) << failed.error;
  EXPECT_EQ(good.ids, alone(greedy(prompt(8, 2), 4)));
  EXPECT_EQ(serving.scheduler.statistics().active, 0);
}

TEST(Scheduler, RefusesWhatDoesNotFit) {
  Serving serving({.sequences = 2, .capacity = 64, .chunk = 64, .page_tokens = 8, .pages = 6});
  EXPECT_THROW(serving.add(greedy({}, 4)), Error);
  EXPECT_THROW(serving.add(greedy(prompt(40, 1), 9)), Error) << "48 places in 6 pages";
  EXPECT_EQ(serving.answer(greedy(prompt(40, 1), 8)).ids.size(), 8u);
  EXPECT_THROW(serving.add(greedy(prompt(4, 1), INT64_MAX)), Error);
  EXPECT_EQ(serving.answer(greedy(prompt(4, 1), 0)).reason, FinishReason::kLength);
}

TEST(Scheduler, BiasSteersTheChoice) {
  Serving serving(kOne);
  GenerationRequest request = greedy(prompt(8, 1), 5);
  request.sampling.logit_bias = {{17, 100}};
  EXPECT_EQ(serving.answer(request).ids, std::vector<int32_t>(5, 17));
}

}  // namespace
}  // namespace lmos::infer
