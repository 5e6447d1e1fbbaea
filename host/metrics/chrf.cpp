#include "metrics/chrf.h"

#include "metrics/characters.h"
#include "metrics/ngrams.h"

namespace lmos::metrics {
namespace {

std::u32string without_spaces(std::string_view text) {
  std::u32string characters = code_points(text);
  std::erase_if(characters, is_space);
  return characters;
}

}  // namespace

void Chrf::add(std::string_view prediction, std::span<const std::string> references) {
  const std::u32string predicted = without_spaces(prediction);
  std::array<Ngrams<char32_t>, kOrders> ngrams;
  for (size_t i = 0; i < kOrders; ++i) ngrams[i] = count_ngrams<char32_t>(predicted, i + 1);

  Statistics best{};
  double best_score = -1;
  for (const std::string& reference : references) {
    const std::u32string truth = without_spaces(reference);
    Statistics one{};
    for (size_t i = 0; i < kOrders; ++i) {
      one[i].reference = ngrams_in(truth.size(), i + 1);
      // n-grams for which the reference is too short count for nothing.
      if (one[i].reference == 0) continue;
      one[i].predicted = ngrams_in(predicted.size(), i + 1);
      one[i].matches = count_matches(ngrams[i], count_ngrams<char32_t>(truth, i + 1));
    }
    if (const double score = f_score(one); score > best_score) {
      best_score = score;
      best = one;
    }
  }
  for (size_t i = 0; i < kOrders; ++i) {
    sum_[i].predicted += best[i].predicted;
    sum_[i].reference += best[i].reference;
    sum_[i].matches += best[i].matches;
  }
}

double Chrf::score() const { return f_score(sum_); }

double Chrf::f_score(const Statistics& statistics) {
  constexpr double kRecallWeight = 4;  // beta²
  double precision = 0, recall = 0;
  int64_t orders = 0;  // that both sides have n-grams of
  for (const Counts& counts : statistics) {
    if (counts.predicted == 0 || counts.reference == 0) continue;
    precision += static_cast<double>(counts.matches) / static_cast<double>(counts.predicted);
    recall += static_cast<double>(counts.matches) / static_cast<double>(counts.reference);
    ++orders;
  }
  if (orders == 0 || precision + recall == 0) return 0;
  precision /= static_cast<double>(orders);
  recall /= static_cast<double>(orders);
  return 100 * (1 + kRecallWeight) * precision * recall / (kRecallWeight * precision + recall);
}

}  // namespace lmos::metrics
