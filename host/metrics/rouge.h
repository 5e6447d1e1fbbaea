// ROUGE (Lin 2004) as the package rouge_score computes it with use_stemmer=False.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::metrics {

// Runs of the letters a to z, after turning to small ones, and of digits. Whatever else there is
// separates words: ROUGE is made for English, and of Chinese text nothing is left.
std::vector<std::string> rouge_words(std::string_view text);

// F-measures, from 0 to 1.
struct Rouge {
  double rouge1 = 0;  // of words
  double rouge2 = 0;  // of pairs of neighbours
  double rougeL = 0;  // of the longest common subsequence, the text taken as one sentence
};

// With the nearest of `references`, for each figure its own.
Rouge rouge(std::string_view prediction, std::span<const std::string> references);

}  // namespace lmos::metrics
