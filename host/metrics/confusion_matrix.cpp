#include "metrics/confusion_matrix.h"

#include <cmath>

#include "errors/error.h"

namespace lmos::metrics {
namespace {

double quotient(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(int64_t classes)
    : classes_(classes), counts_(static_cast<size_t>(classes * classes)) {}

void ConfusionMatrix::add(int64_t truth, int64_t predicted) {
  const auto known = [this](int64_t label) { return label >= 0 && label < classes_; };
  if (!known(truth) || !known(predicted))
    throw Error(ErrorKind::kInternal, "a label is not one of " + std::to_string(classes_) +
                                          " classes: " + std::to_string(truth) + ", predicted " +
                                          std::to_string(predicted));
  ++counts_[static_cast<size_t>(truth * classes_ + predicted)];
  ++total_;
}

void ConfusionMatrix::add(std::span<const int32_t> truth, std::span<const int32_t> predicted) {
  for (size_t i = 0; i < truth.size(); ++i) add(truth[i], predicted[i]);
}

int64_t ConfusionMatrix::true_count(int64_t label) const {
  int64_t sum = 0;
  for (int64_t other = 0; other < classes_; ++other) sum += count(label, other);
  return sum;
}

int64_t ConfusionMatrix::predicted_count(int64_t label) const {
  int64_t sum = 0;
  for (int64_t other = 0; other < classes_; ++other) sum += count(other, label);
  return sum;
}

int64_t ConfusionMatrix::correct() const {
  int64_t sum = 0;
  for (int64_t label = 0; label < classes_; ++label) sum += count(label, label);
  return sum;
}

double ConfusionMatrix::accuracy() const {
  return quotient(static_cast<double>(correct()), static_cast<double>(total_));
}

double ConfusionMatrix::precision(int64_t positive) const {
  return quotient(static_cast<double>(count(positive, positive)),
                  static_cast<double>(predicted_count(positive)));
}

double ConfusionMatrix::recall(int64_t positive) const {
  return quotient(static_cast<double>(count(positive, positive)),
                  static_cast<double>(true_count(positive)));
}

double ConfusionMatrix::f1(int64_t positive) const {
  return quotient(2 * static_cast<double>(count(positive, positive)),
                  static_cast<double>(true_count(positive) + predicted_count(positive)));
}

double ConfusionMatrix::f1_macro() const {
  double sum = 0, occurring = 0;
  for (int64_t label = 0; label < classes_; ++label) {
    if (true_count(label) + predicted_count(label) == 0) continue;
    sum += f1(label);
    ++occurring;
  }
  return quotient(sum, occurring);
}

double ConfusionMatrix::matthews_correlation() const {
  double both = 0, truth_squared = 0, predicted_squared = 0;
  for (int64_t label = 0; label < classes_; ++label) {
    const auto t = static_cast<double>(true_count(label));
    const auto p = static_cast<double>(predicted_count(label));
    both += t * p;
    truth_squared += t * t;
    predicted_squared += p * p;
  }
  const auto total = static_cast<double>(total_);
  const double covariance = static_cast<double>(correct()) * total - both;
  return quotient(covariance, std::sqrt(total * total - truth_squared) *
                                  std::sqrt(total * total - predicted_squared));
}

}  // namespace lmos::metrics
