// The mean of observations and how sure it is.
#pragma once

#include <cmath>
#include <cstdint>

namespace lmos::metrics {

// One pass, by Welford's method.
class Mean {
 public:
  void add(double value) {
    ++count_;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }

  int64_t count() const { return count_; }
  double value() const { return mean_; }
  // Of the mean: the sample's standard deviation (divided by n - 1) over √n; 0 for fewer than two.
  double standard_error() const {
    if (count_ < 2) return 0;
    const auto n = static_cast<double>(count_);
    return std::sqrt(squares_ / (n - 1) / n);
  }

 private:
  int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

}  // namespace lmos::metrics
