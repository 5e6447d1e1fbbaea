// How well predicted classes agree with true ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmos::metrics {

// Counts of (true class, predicted class); the scores are those of scikit-learn, with 0 where a
// quotient would be 0 / 0.
class ConfusionMatrix {
 public:
  // `classes` at least 1.
  explicit ConfusionMatrix(int64_t classes);

  // Error(kInternal) for a class outside [0, classes).
  void add(int64_t truth, int64_t predicted);
  // Both of the same length.
  void add(std::span<const int32_t> truth, std::span<const int32_t> predicted);

  int64_t classes() const { return classes_; }
  int64_t total() const { return total_; }
  int64_t count(int64_t truth, int64_t predicted) const {
    return counts_[static_cast<size_t>(truth * classes_ + predicted)];
  }

  // Share of right predictions.
  double accuracy() const;
  // Of what was predicted as `positive`, the share that is; of what is, the share that was
  // predicted.
  double precision(int64_t positive) const;
  double recall(int64_t positive) const;
  // Their harmonic mean.
  double f1(int64_t positive) const;
  // The mean of f1 over the classes that occur, among the true ones or the predicted ones.
  double f1_macro() const;
  // Correlation of truth and prediction, -1 to 1 (Matthews 1975; for more classes Gorodkin 2004).
  double matthews_correlation() const;

 private:
  int64_t true_count(int64_t label) const;       // of a row
  int64_t predicted_count(int64_t label) const;  // of a column
  int64_t correct() const;

  int64_t classes_;
  int64_t total_ = 0;
  std::vector<int64_t> counts_;  // [classes, classes], rows are the true ones
};

}  // namespace lmos::metrics
