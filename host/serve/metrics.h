// Figures of the daemon in the text format of Prometheus.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lmos::serve {

// Seconds, counted in buckets whose bounds double from 0.1 ms to about 105 s.
class Histogram {
 public:
  void observe(double seconds);
  uint64_t count() const { return count_; }
  // Cumulative buckets, sum and count; `labels` as in `model="m"`.
  void print(std::string_view name, std::string_view labels, std::string& out) const;

 private:
  static constexpr size_t kBuckets = 21;
  std::array<uint64_t, kBuckets> buckets_{};  // not cumulative; what is longer is in count_ only
  uint64_t count_ = 0;
  double sum_ = 0;
};

// Of one model, counted by the daemon; the rest comes from the worker's heartbeat.
struct ModelMetrics {
  Histogram first_token;  // from the request's arrival
  Histogram next_token;   // between two tokens of a continuation
  Histogram request;      // from arrival to the end of the answer
  Histogram queue;        // before the first step
  uint64_t prompt_tokens = 0, cached_tokens = 0, new_tokens = 0;
  uint64_t worker_restarts = 0;
  std::map<std::string, uint64_t> requests;  // by outcome: "ok", "refused", "cancelled", "failed"
};

// Lines of one metric, with its help and type before the first.
class MetricsText {
 public:
  void type(std::string_view name, std::string_view type, std::string_view help);
  void value(std::string_view name, std::string_view labels, double value);
  void histogram(std::string_view name, std::string_view labels, const Histogram& histogram);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace lmos::serve
