#include "client/metrics_text.h"

#include <charconv>
#include <optional>

namespace lmos::client {
namespace {

// model="a\"b",status="1"
std::optional<std::map<std::string, std::string>> parse_labels(std::string_view text) {
  std::map<std::string, std::string> labels;
  while (!text.empty()) {
    const size_t equals = text.find("=\"");
    if (equals == std::string_view::npos) return std::nullopt;
    std::string value;
    size_t at = equals + 2;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) {
        ++at;
        value += text[at] == 'n' ? '\n' : text[at];
      } else {
        value += text[at];
      }
    }
    if (at == text.size()) return std::nullopt;
    labels.emplace(text.substr(0, equals), std::move(value));
    text.remove_prefix(at + 1);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return labels;
}

std::optional<MetricSample> parse_sample(std::string_view line) {
  const size_t space = line.rfind(' ');
  if (line.starts_with('#') || space == std::string_view::npos) return std::nullopt;
  std::string_view name = line.substr(0, space);
  const std::string_view number = line.substr(space + 1);
  MetricSample sample;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), sample.value);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  const size_t brace = name.find('{');
  if (brace != std::string_view::npos) {
    if (!name.ends_with('}')) return std::nullopt;
    auto labels = parse_labels(name.substr(brace + 1, name.size() - brace - 2));
    if (!labels) return std::nullopt;
    sample.labels = std::move(*labels);
    name = name.substr(0, brace);
  }
  sample.name = name;
  return sample;
}

}  // namespace

std::vector<MetricSample> parse_metrics(std::string_view text) {
  std::vector<MetricSample> samples;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (auto sample = parse_sample(text.substr(0, end))) samples.push_back(std::move(*sample));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return samples;
}

}  // namespace lmos::client
