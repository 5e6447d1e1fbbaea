#include "tasks/class_names.h"

#include "formats/model_files.h"

namespace lmos::tasks {
namespace {

// By id2label of its config.json, in order; none if it does not name classes 0, 1, ….
std::vector<std::string> names_in(const ModelFiles& files) {
  std::vector<std::string> result;
  const Json* names = files.config().find("id2label");
  if (names == nullptr || !names->is_object()) return result;
  while (const Json* name = names->find(std::to_string(result.size()))) {
    if (!name->is_string()) return {};
    result.push_back(name->as_string(files.config_place() + ": id2label"));
  }
  return result;
}

}  // namespace

std::vector<std::string> class_names(const Pipeline& pipeline) {
  if (!pipeline.task.labels.empty()) return pipeline.task.labels;
  const int64_t classes = pipeline.task.classes;
  if (!pipeline.model.path.empty()) {
    const std::vector<std::string> names = names_in(ModelFiles(pipeline.model.path));
    if (!names.empty() && (classes == 0 || std::ssize(names) == classes)) return names;
  }
  std::vector<std::string> names;
  for (int64_t i = 0; i < (classes == 0 ? 2 : classes); ++i)
    names.push_back("LABEL_" + std::to_string(i));
  return names;
}

}  // namespace lmos::tasks
