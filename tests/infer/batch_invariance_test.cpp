#include <gtest/gtest.h>

#include <cstring>

#include "infer/served_model.h"

namespace lmos::infer {
namespace {

constexpr CacheShape kShape{.sequences = 4, .capacity = 128, .chunk = 128, .page_tokens = 64};
constexpr int32_t kTokens = 90;

class BatchInvariance : public testing::TestWithParam<lmos_dtype> {};

// The logits of every token of a prompt, computed in pieces of `chunk` tokens, beside `others`
// tokens of other sequences.
std::vector<float> logits_of(int32_t chunk, int32_t others) {
  ServedModel served(kShape, true, BatchInvariance::GetParam());
  CachedModel& model = served.cached();
  const std::vector<int32_t> ids = prompt(kTokens, 3);
  std::vector<float> all;
  for (int32_t first = 0; first < kTokens; first += chunk) {
    std::vector<Token> tokens;
    std::vector<int32_t> rows;
    for (int32_t i = 0; i < others; ++i)
      tokens.push_back({i * 7 % kVocab, 1 + i % 2, (first / chunk * others + i) / 2});
    for (int32_t i = first; i < std::min(kTokens, first + chunk); ++i) {
      rows.push_back(static_cast<int32_t>(tokens.size()));
      tokens.push_back({ids[static_cast<size_t>(i)], 0, i});
    }
    const std::span<const float> logits = model.forward(tokens, rows);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

TEST_P(BatchInvariance, ATokensLogitsDependOnItsOwnTextAlone) {
  const std::vector<float> together = logits_of(kTokens, 0);
  ASSERT_EQ(together.size(), static_cast<size_t>(kTokens * kVocab));
  for (const auto& [chunk, others] : {std::pair{1, 0}, {1, 2}, {7, 0}, {32, 6}, {64, 1}}) {
    const std::vector<float> pieces = logits_of(chunk, others);
    EXPECT_EQ(std::memcmp(together.data(), pieces.data(), together.size() * sizeof(float)), 0)
        << "in pieces of " << chunk << " tokens beside " << others << " others";
  }
}

INSTANTIATE_TEST_SUITE_P(, BatchInvariance, testing::Values(LMOS_F32, LMOS_BF16),
                         [](const auto& info) { return info.param == LMOS_F32 ? "f32" : "bf16"; });

}  // namespace
}  // namespace lmos::infer
