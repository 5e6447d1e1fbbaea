// Prometheus' text format, as /metrics speaks it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::client {

struct MetricSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// Lines that are comments or no samples are left out.
std::vector<MetricSample> parse_metrics(std::string_view text);

}  // namespace lmos::client
