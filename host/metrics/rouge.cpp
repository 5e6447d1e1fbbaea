#include "metrics/rouge.h"

#include <algorithm>

#include "metrics/characters.h"
#include "metrics/ngrams.h"

namespace lmos::metrics {
namespace {

using Words = std::vector<std::string>;

// The F-measure: 2pr / (p + r) with p = common / predicted and r = common / truth.
double f_measure(int64_t common, int64_t predicted, int64_t truth) {
  if (common == 0) return 0;
  return 2 * static_cast<double>(common) / static_cast<double>(predicted + truth);
}

double ngram_measure(const Words& predicted, const Words& truth, size_t n) {
  const int64_t common =
      count_matches(count_ngrams<std::string>(predicted, n), count_ngrams<std::string>(truth, n));
  return f_measure(common, ngrams_in(predicted.size(), n), ngrams_in(truth.size(), n));
}

// By the rows of the usual table, of which one is kept.
int64_t longest_common_subsequence(const Words& a, const Words& b) {
  std::vector<int64_t> row(b.size() + 1);  // row[j]: of the words of a so far and the first j of b
  for (const std::string& word : a) {
    int64_t diagonal = 0;
    for (size_t j = 1; j < row.size(); ++j) {
      const int64_t above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

Words rouge_words(std::string_view text) {
  Words words;
  bool inside = false;
  for (const char c : small_letters(text)) {
    const bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (part && !inside) words.emplace_back();
    if (part) words.back() += c;
    inside = part;
  }
  return words;
}

Rouge rouge(std::string_view prediction, std::span<const std::string> references) {
  const Words predicted = rouge_words(prediction);
  Rouge best;
  for (const std::string& reference : references) {
    const Words truth = rouge_words(reference);
    best.rouge1 = std::max(best.rouge1, ngram_measure(predicted, truth, 1));
    best.rouge2 = std::max(best.rouge2, ngram_measure(predicted, truth, 2));
    best.rougeL = std::max(best.rougeL, f_measure(longest_common_subsequence(predicted, truth),
                                                  std::ssize(predicted), std::ssize(truth)));
  }
  return best;
}

}  // namespace lmos::metrics
