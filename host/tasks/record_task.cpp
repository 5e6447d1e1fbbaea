#include "tasks/record_task.h"

#include <algorithm>
#include <cmath>

#include "errors/error.h"
#include "formats/json.h"
#include "pipeline/json_tree.h"

namespace lmos::tasks {

std::unique_ptr<components::Dataset> open_records(const Sources& sources,
                                                  const DatasetSection& section,
                                                  const std::string& split) {
  auto dataset = sources.catalogue.open_dataset(section, split);
  if (dataset && !dataset->has_records())
    throw Error(ErrorKind::kConfiguration,
                "the data set gives text without fields, and this task needs records: "
                "use dataset: {plugin: records}");
  return dataset;
}

Json begin_answer(const components::Record& record) {
  Json answer = Json::Object();
  if (const ConfigTree* id = record.find("id")) answer.set("id", json_from_config_tree(*id));
  return answer;
}

int32_t class_of(const components::Record& record, const ConfigTree& value,
                 const std::vector<std::string>& names) {
  if (value.kind() == ConfigKind::kInt) {
    const int64_t number = value.as_int();
    if (number >= 0 && number < std::ssize(names)) return static_cast<int32_t>(number);
    record.fail("the class " + std::to_string(number) + " is outside 0 to " +
                std::to_string(names.size() - 1) + " (see task.classes and task.labels)");
  }
  if (value.kind() != ConfigKind::kString)
    record.fail("a class is its name or its number, not " + describe(value));
  const std::string& text = value.as_string();
  const auto place = std::ranges::find(names, text);
  if (place != names.end()) return static_cast<int32_t>(place - names.begin());
  // Files of lines know no types.
  for (size_t i = 0; i < names.size() && text.size() < 8; ++i)
    if (text == std::to_string(i)) return static_cast<int32_t>(i);
  record.fail("there is no class " + describe(value) + " (see task.classes and task.labels)");
}

std::vector<double> probabilities(std::span<const float> logits) {
  const float highest = *std::ranges::max_element(logits);
  std::vector<double> values;
  double total = 0;
  for (const float logit : logits)
    total += values.emplace_back(std::exp(static_cast<double>(logit) - highest));
  for (double& value : values) value /= total;
  return values;
}

size_t most_likely(std::span<const float> logits) {
  return static_cast<size_t>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace lmos::tasks
