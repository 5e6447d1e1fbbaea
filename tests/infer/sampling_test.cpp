#include "infer/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "errors/error.h"
#include "random/philox.h"

namespace lmos::infer {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Logits spread over about [-4, 4], the same on every run.
std::vector<float> spread_logits(size_t vocab, uint64_t seed) {
  std::vector<float> logits(vocab);
  for (size_t i = 0; i < vocab; ++i)
    logits[i] =
        8 * random::uniform(random::philox(seed, {static_cast<uint32_t>(i), 0, 0, 0})[0]) - 4;
  return logits;
}

// The specification in sampling.h, word for word, with a full sort: probability of each id that can
// be drawn.
std::map<int32_t, double> reference_distribution(std::span<const float> logits,
                                                 const SamplingOptions& options,
                                                 const std::map<int32_t, int>& generated = {},
                                                 const std::set<int32_t>& prompt = {}) {
  struct Entry {
    double logit;
    int32_t id;
  };
  std::vector<Entry> entries;
  for (size_t i = 0; i < logits.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    double logit = logits[i];
    if (prompt.count(id) || generated.count(id))
      logit = logit > 0 ? logit / options.repetition_penalty : logit * options.repetition_penalty;
    if (generated.count(id))
      logit -= generated.at(id) * options.frequency_penalty + options.presence_penalty;
    entries.push_back({logit / options.temperature, id});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  });
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < entries.size())
    entries.resize(options.top_k);
  const auto weight = [&](const Entry& entry) { return std::exp(entry.logit - entries[0].logit); };
  double total = 0;
  for (const Entry& entry : entries) total += weight(entry);
  double held = 0;
  size_t kept = 0;
  while (kept < entries.size() && held < options.top_p * total) held += weight(entries[kept++]);
  entries.resize(kept);
  std::erase_if(entries, [&](const Entry& entry) { return weight(entry) < options.min_p; });
  std::map<int32_t, double> probability;
  total = 0;
  for (const Entry& entry : entries) total += weight(entry);
  for (const Entry& entry : entries) probability[entry.id] = weight(entry) / total;
  return probability;
}

std::map<int32_t, int64_t> draw_many(std::span<const float> logits, const SamplingOptions& options,
                                     int draws, const TokenHistory& history = {}) {
  Sampler sampler;
  std::map<int32_t, int64_t> counts;
  for (int i = 0; i < draws; ++i)
    ++counts[sampler.sample(logits, options, history, {0, static_cast<uint32_t>(i)}).id];
  return counts;
}

// Every drawn id is possible, and each frequency lies within five standard deviations.
void expect_distribution(const std::map<int32_t, int64_t>& counts,
                         const std::map<int32_t, double>& probability, int draws) {
  for (const auto& [id, count] : counts)
    EXPECT_TRUE(probability.count(id)) << "token " << id << " must not be drawn";
  for (const auto& [id, p] : probability) {
    const auto found = counts.find(id);
    const double count = found == counts.end() ? 0 : static_cast<double>(found->second);
    EXPECT_NEAR(count, p * draws, 5 * std::sqrt(p * (1 - p) * draws) + 1) << "token " << id;
  }
}

struct Case {
  const char* name;
  SamplingOptions options;
};

class SamplingDistribution : public testing::TestWithParam<Case> {};

TEST_P(SamplingDistribution, FollowsTheSpecification) {
  constexpr int kDraws = 20000;
  const std::vector<float> logits = spread_logits(24, 5);
  expect_distribution(draw_many(logits, GetParam().options, kDraws),
                      reference_distribution(logits, GetParam().options), kDraws);
}

INSTANTIATE_TEST_SUITE_P(
    Options, SamplingDistribution,
    testing::Values(Case{"plain", {}}, Case{"cold", {.temperature = 0.4}},
                    Case{"hot", {.temperature = 3}}, Case{"top_k", {.top_k = 5}},
                    Case{"top_k_of_all", {.top_k = 24}}, Case{"top_p", {.top_p = 0.8}},
                    Case{"top_p_of_one", {.top_p = 1e-6}}, Case{"min_p", {.min_p = 0.2}},
                    Case{"all", {.temperature = 1.5, .top_k = 12, .top_p = 0.9, .min_p = 0.1}},
                    Case{"another_seed", {.top_p = 0.95, .seed = 0xFEDCBA9876543210}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Sampling, GreedyTakesTheLargestLogitAndTheLowestIdOfEquals) {
  Sampler sampler;
  const std::vector<float> logits = {1, 7, 3, 7, -kInfinity};
  EXPECT_EQ(sampler.sample(logits, {.temperature = 0}, {}, {}).id, 1);
  EXPECT_EQ(sampler.sample(logits, {.temperature = 0, .top_k = 1, .seed = 9}, {}, {3, 4}).id, 1);
}

TEST(Sampling, TopKKeepsTheLowestIdsOfEquals) {
  const std::vector<float> logits(300, 2.0f);
  const auto counts = draw_many(logits, {.top_k = 3}, 300);
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts.rbegin()->first, 2);
}

TEST(Sampling, PenaltiesFollowTheSpecification) {
  constexpr int kDraws = 20000;
  const std::vector<float> logits = spread_logits(12, 8);
  TokenHistory history;
  history.add_prompt(std::vector<int32_t>{0, 1, 2, 3, 3});
  for (int32_t id : {2, 5, 5, 5, 7}) history.add_generated(id);
  const std::map<int32_t, int> generated = {{2, 1}, {5, 3}, {7, 1}};
  for (const SamplingOptions& options :
       {SamplingOptions{.repetition_penalty = 1.7}, SamplingOptions{.frequency_penalty = 0.6},
        SamplingOptions{.presence_penalty = 1.2},
        SamplingOptions{
            .repetition_penalty = 0.8, .frequency_penalty = -0.3, .presence_penalty = 0.5}})
    expect_distribution(draw_many(logits, options, kDraws, history),
                        reference_distribution(logits, options, generated, {0, 1, 2, 3}), kDraws);
}

TEST(Sampling, RepetitionPenaltyApproachesZeroFromBothSides) {
  // Keskar et al.: a positive logit is divided, a negative one multiplied, so both fall.
  TokenHistory history;
  history.add_prompt(std::vector<int32_t>{0});
  Sampler sampler;
  const SamplingOptions greedy = {.temperature = 0, .repetition_penalty = 2};
  EXPECT_EQ(sampler.sample(std::vector<float>{3, 2}, greedy, history, {}).id, 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -1.5f}, greedy, history, {}).id, 1);
}

TEST(Sampling, TheNucleusOfAFlatDistributionIsExact) {
  // Thousands of near equals: the share is filled over several pieces of the selection.
  std::vector<float> logits(4096);
  for (size_t i = 0; i < logits.size(); ++i)
    logits[i] = static_cast<float>((i * 2654435761u) % 4096) * 1e-4f;
  const SamplingOptions options = {.top_p = 0.5};
  const auto possible = reference_distribution(logits, options);
  const auto counts = draw_many(logits, options, 6000);
  for (const auto& [id, count] : counts) ASSERT_TRUE(possible.count(id)) << id;
  EXPECT_GT(counts.size(), possible.size() * 9 / 10);
}

TEST(Sampling, ADrawDependsOnSeedSequenceAndPositionOnly) {
  const std::vector<float> logits = spread_logits(1000, 3);
  const SamplingOptions options = {.seed = 42};
  Sampler fresh, used;
  used.sample(spread_logits(77, 1), {.top_k = 3, .seed = 1}, {}, {5, 6});
  std::set<int32_t> ids;
  for (uint32_t position = 0; position < 20; ++position) {
    const int32_t id = fresh.sample(logits, options, {}, {1, position}).id;
    EXPECT_EQ(used.sample(logits, options, {}, {1, position}).id, id);
    ids.insert(id);
  }
  EXPECT_GT(ids.size(), 10u);
  int differing = 0;
  for (uint32_t position = 0; position < 20; ++position) {
    const int32_t id = fresh.sample(logits, options, {}, {1, position}).id;
    differing += fresh.sample(logits, options, {}, {2, position}).id != id;
    differing += fresh.sample(logits, {.seed = 43}, {}, {1, position}).id != id;
  }
  EXPECT_GT(differing, 30);
}

TEST(Sampling, LogprobsAreTheModelsOwn) {
  const std::vector<float> logits = {0.5f, 2.0f, -1.0f, 2.0f};
  double sum = 0;
  for (float logit : logits) sum += std::exp(double{logit});
  Sampler sampler;
  TokenHistory history;
  history.add_generated(1);
  const SampledToken token =
      sampler.sample(logits, {.temperature = 0, .presence_penalty = 5, .logprobs = 3}, history, {});
  EXPECT_EQ(token.id, 3);
  EXPECT_NEAR(token.logprob, 2 - std::log(sum), 1e-12);
  ASSERT_EQ(token.top.size(), 3u);
  EXPECT_EQ(token.top[0].id, 1);
  EXPECT_EQ(token.top[1].id, 3);
  EXPECT_EQ(token.top[2].id, 0);
  EXPECT_NEAR(token.top[2].logprob, 0.5 - std::log(sum), 1e-12);
  EXPECT_TRUE(sampler.sample(logits, {.temperature = 0}, {}, {}).top.empty());
  EXPECT_EQ(sampler.sample(logits, {.logprobs = 100}, {}, {}).top.size(), 4u);
}

// The `count` likeliest of the logits.
struct Picked {
  Picked(std::span<const float> all, size_t count, float scale) {
    ids.resize(all.size());
    std::iota(ids.begin(), ids.end(), 0);
    std::ranges::stable_sort(ids, std::greater(), [&](int32_t id) { return all[id]; });
    ids.resize(count);
    for (const int32_t id : ids) logits.push_back(all[id]);
    double sum = 0;
    for (const float logit : all) sum += std::exp((logit - logits[0]) * scale);
    view = {logits, ids, static_cast<float>(sum), scale, std::ssize(all)};
  }
  std::vector<float> logits;
  std::vector<int32_t> ids;
  Likeliest view;
};

TEST(Sampling, TheLikeliestTokensGiveWhatAllGiveOrNothing) {
  std::vector<float> logits = spread_logits(500, 6);
  for (float& logit : logits) logit *= 1.5f;
  logits[7] = logits[300] = logits[301] = 6;  // some equal, and likely
  logits[9] = -kInfinity;
  struct Asked {
    SamplingOptions options;
    int least;  // of 400 draws, those that the likeliest decide
  };
  const Asked asked[] = {{{.temperature = 0}, 400},
                         {{.temperature = 0, .top_k = 3, .top_p = 0.2}, 400},
                         {{}, 100},
                         {{.temperature = 0.3}, 390},
                         {{.top_k = 40}, 400},
                         {{.top_k = 65}, 0},
                         {{.top_p = 0.3}, 400},
                         {{.top_p = 0.999}, 0},
                         {{.min_p = 0.5}, 400},
                         {{.temperature = 2, .top_k = 64, .top_p = 0.9, .min_p = 0.1}, 400}};
  for (const Asked& one : asked) {
    const Picked picked(logits, 64, draw_scale(one.options));
    Sampler sampler;
    int decided = 0;
    for (uint32_t position = 0; position < 400; ++position) {
      const auto quick = sampler.sample(picked.view, one.options, {0, position});
      const SampledToken whole = sampler.sample(logits, one.options, {}, {0, position});
      if (!quick) continue;
      EXPECT_EQ(quick->id, whole.id) << position;
      ++decided;
    }
    EXPECT_TRUE(one.least > 0 ? decided >= one.least : decided == 0) << decided;
  }
}

TEST(Sampling, TheLikeliestTokensAreNotEnoughForWhatReadsOthers) {
  const std::vector<float> logits = spread_logits(100, 6);
  const Picked picked(logits, 64, 1);
  Sampler sampler;
  SamplingOptions biased{.temperature = 0};
  biased.logit_bias = {{3, 100}};
  for (const SamplingOptions& options :
       {SamplingOptions{.temperature = 0, .logprobs = 0},
        SamplingOptions{.temperature = 0, .repetition_penalty = 1.1},
        SamplingOptions{.temperature = 0, .frequency_penalty = 0.1},
        SamplingOptions{.temperature = 0, .presence_penalty = 0.1}, biased})
    EXPECT_FALSE(sampler.sample(picked.view, options, {}));
  Likeliest broken = picked.view;
  broken.sum = std::nanf("");
  EXPECT_FALSE(sampler.sample(broken, {.temperature = 0}, {}));
  const std::vector<float> excluded(100, -kInfinity);
  broken = {std::span(excluded).first(64), picked.ids, 0, 1, 100};
  EXPECT_FALSE(sampler.sample(broken, {.temperature = 0}, {})) << "all are excluded";
}

TEST(Sampling, TheLikeliestTokensDecideAllOfASmallVocabulary) {
  const std::vector<float> logits = spread_logits(40, 6);
  Sampler sampler;
  for (const SamplingOptions& options :
       {SamplingOptions{}, SamplingOptions{.temperature = 4}, SamplingOptions{.top_p = 0.9999},
        SamplingOptions{.top_k = 39}, SamplingOptions{.min_p = 1e-9}}) {
    const Picked picked(logits, 40, draw_scale(options));
    for (uint32_t position = 0; position < 300; ++position) {
      const auto quick = sampler.sample(picked.view, options, {0, position});
      ASSERT_TRUE(quick);
      EXPECT_EQ(quick->id, sampler.sample(logits, options, {}, {0, position}).id) << position;
    }
  }
}

TEST(Sampling, ExcludedTokensAreNeverDrawn) {
  const std::vector<float> logits = {-kInfinity, 0, -kInfinity, 0, -kInfinity};
  for (const auto& [id, count] : draw_many(logits, {.temperature = 5}, 200)) EXPECT_EQ(id % 2, 1);
}

TEST(Sampling, ExtremeTemperaturesStayFinite) {
  Sampler sampler;
  const std::vector<float> logits = {-3e38f, 3e38f, 1};
  EXPECT_EQ(sampler.sample(logits, {.temperature = 1e-300}, {}, {}).id, 1);
  EXPECT_EQ(draw_many(std::vector<float>{0, 1, 2}, {.temperature = 1e300}, 300).size(), 3u);
}

TEST(Sampling, BrokenLogitsAreNumericErrors) {
  Sampler sampler;
  for (const std::vector<float>& logits :
       {std::vector<float>{1, std::nanf(""), 2}, std::vector<float>{std::nanf("")},
        std::vector<float>{1, kInfinity}, std::vector<float>{-kInfinity, -kInfinity}}) {
    for (double temperature : {0.0, 1.0}) {
      try {
        sampler.sample(logits, {.temperature = temperature}, {}, {});
        FAIL() << "no error";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kNumeric);
        EXPECT_NE(std::string(error.what()).find("token "), std::string::npos) << error.what();
      }
    }
  }
}

TEST(Sampling, ImpossibleOptionsAreNamed) {
  const std::vector<std::pair<SamplingOptions, const char*>> cases = {
      {{.temperature = -1}, "temperature"},
      {{.temperature = std::nan("")}, "temperature"},
      {{.top_k = -1}, "top_k"},
      {{.top_p = 0}, "top_p"},
      {{.top_p = 1.5}, "top_p"},
      {{.min_p = 1.1}, "min_p"},
      {{.repetition_penalty = 0}, "repetition_penalty"},
      {{.frequency_penalty = std::nan("")}, "frequency_penalty"},
      {{.presence_penalty = std::nan("")}, "presence_penalty"},
      {{.logprobs = -2}, "logprobs"}};
  check({});
  for (const auto& [options, name] : cases) {
    try {
      check(options);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace lmos::infer
