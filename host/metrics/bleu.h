// BLEU (Papineni et al. 2002) of a corpus, as sacrebleu 2 computes it by default (Post 2018): of up
// to four words, with exponential smoothing. Its signature is
// nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp, or tok:zh.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::metrics {

enum class BleuTokenizer {
  k13a,  // mteval-v13a, for languages that write spaces between words
  kZh,   // each Chinese character is a word; the rest as 13a has it
};

std::vector<std::string> bleu_words(std::string_view text, BleuTokenizer tokenizer);

class Bleu {
 public:
  explicit Bleu(BleuTokenizer tokenizer = BleuTokenizer::k13a) : tokenizer_(tokenizer) {}

  // `references`: at least one.
  void add(std::string_view prediction, std::span<const std::string> references);

  // From 0 to 100; 0 where nothing was added.
  double score() const;

 private:
  static constexpr size_t kOrders = 4;

  BleuTokenizer tokenizer_;
  int64_t predicted_words_ = 0;
  int64_t reference_words_ = 0;  // of the references that are nearest in length
  std::array<int64_t, kOrders> matches_{}, totals_{};  // of n-grams, by n - 1
};

}  // namespace lmos::metrics
