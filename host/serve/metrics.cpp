#include "serve/metrics.h"

#include <charconv>

namespace lmos::serve {
namespace {

void append_number(double value, std::string& out) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

void append_line(std::string_view name, std::string_view labels, double value, std::string& out) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(value, out);
  out += '\n';
}

}  // namespace

void Histogram::observe(double seconds) {
  ++count_;
  sum_ += seconds;
  double bound = 1e-4;
  for (uint64_t& bucket : buckets_) {
    if (seconds <= bound) {
      ++bucket;
      return;
    }
    bound *= 2;
  }
}

void Histogram::print(std::string_view name, std::string_view labels, std::string& out) const {
  const std::string bucket_name = std::string(name) + "_bucket";
  std::string prefix(labels);
  if (!prefix.empty()) prefix += ",";
  double bound = 1e-4;
  uint64_t below = 0;
  for (const uint64_t bucket : buckets_) {
    below += bucket;
    std::string with_bound = prefix + "le=\"";
    append_number(bound, with_bound);
    append_line(bucket_name, with_bound + "\"", static_cast<double>(below), out);
    bound *= 2;
  }
  append_line(bucket_name, prefix + "le=\"+Inf\"", static_cast<double>(count_), out);
  append_line(std::string(name) + "_sum", labels, sum_, out);
  append_line(std::string(name) + "_count", labels, static_cast<double>(count_), out);
}

void MetricsText::type(std::string_view name, std::string_view type, std::string_view help) {
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::value(std::string_view name, std::string_view labels, double value) {
  append_line(name, labels, value, text_);
}

void MetricsText::histogram(std::string_view name, std::string_view labels,
                            const Histogram& histogram) {
  histogram.print(name, labels, text_);
}

}  // namespace lmos::serve
