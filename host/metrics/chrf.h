// chrF2 (Popović 2016) of a corpus, as sacrebleu 2 computes it by default: of up to six characters
// without white space, recall weighing twice as much as precision.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lmos::metrics {

class Chrf {
 public:
  // Counts the best of `references`, of which there is at least one.
  void add(std::string_view prediction, std::span<const std::string> references);

  // From 0 to 100; 0 where nothing was added.
  double score() const;

 private:
  struct Counts {
    int64_t predicted = 0, reference = 0, matches = 0;
  };
  static constexpr size_t kOrders = 6;
  using Statistics = std::array<Counts, kOrders>;  // of n-grams, by n - 1

  static double f_score(const Statistics& statistics);

  Statistics sum_{};
};

}  // namespace lmos::metrics
