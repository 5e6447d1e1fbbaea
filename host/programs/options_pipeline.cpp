#include "programs/options_pipeline.h"

namespace lmos {
namespace {

const Place kCommandLine = Place::in("command line");

}  // namespace

OptionsPipeline::OptionsPipeline(const std::string& kind, const Arguments& arguments)
    : tree_(ConfigTree::section({}, kCommandLine)) {
  tree_ = tree_.with("version", ConfigTree::integer(1, kCommandLine))
              .with("kind", ConfigTree::string(kind, kCommandLine));
  put("backend.plugin", arguments.text_or("backend", "cpu"));
  put("backend.compute", arguments.text_or("compute", "float32"));
  if (const auto threads = arguments.integer("threads", 1)) put("backend.threads", *threads);
  if (const auto path = arguments.text("tokenizer")) put("tokenizer.path", *path);
  put("model.path", arguments.text("model").value());
  if (const auto weights = arguments.text("weights")) put("model.weights", *weights);
  if (const auto adapter = arguments.text("adapter")) put("model.adapter", *adapter);
}

void OptionsPipeline::put(std::string_view path, ConfigTree value) {
  const size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  const ConfigTree* found = tree_.find(name);
  const ConfigTree section = found != nullptr ? *found : ConfigTree::section({}, kCommandLine);
  tree_ = tree_.with(name, section.with(path.substr(dot + 1), std::move(value)));
}

void OptionsPipeline::put(std::string_view path, const std::string& value) {
  put(path, ConfigTree::string(value, kCommandLine));
}
void OptionsPipeline::put(std::string_view path, bool value) {
  put(path, ConfigTree::boolean(value, kCommandLine));
}
void OptionsPipeline::put(std::string_view path, double value) {
  put(path, ConfigTree::number(value, kCommandLine));
}
void OptionsPipeline::put(std::string_view path, int64_t value) {
  put(path, ConfigTree::integer(value, kCommandLine));
}

void OptionsPipeline::put_list(std::string_view path, const std::vector<std::string>& values) {
  std::vector<ConfigTree> items;
  for (const std::string& value : values) items.push_back(ConfigTree::string(value, kCommandLine));
  put(path, ConfigTree::list(std::move(items), kCommandLine));
}

void OptionsPipeline::put_text_limits(const std::string& section, const Arguments& arguments) {
  if (const auto tokens = arguments.integer("max-tokens", 1)) put(section + ".max_tokens", *tokens);
  if (const auto stop = arguments.texts("stop"); !stop.empty()) put_list(section + ".stop", stop);
}

}  // namespace lmos
