#include "pipeline/load_pipeline.h"

#include <optional>

#include "pipeline/override.h"
#include "pipeline/pipeline_rules.h"
#include "pipeline/pipeline_schema.h"
#include "pipeline/pipeline_values.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

std::optional<PipelineKind> kind_of(const ConfigTree& tree) {
  const ConfigTree* given = tree.find("kind");
  if (!given || given->kind() != ConfigKind::kString) return std::nullopt;
  for (const PipelineKind kind : pipeline_kinds()) {
    if (given->as_string() == kind_text(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace

Pipeline make_pipeline(const ConfigTree& given, const std::vector<std::string>& overrides,
                       const PluginSchemas& plugins) {
  ConfigTree tree = given;
  for (const std::string& override : overrides) tree = apply_override(tree, override);

  // Without a valid kind, the rest is checked as far as that is the same for all kinds.
  const auto kind = kind_of(tree);
  Problems problems;
  const ConfigTree resolved =
      resolve(tree, kind ? pipeline_fields(*kind) : pipeline_fields(), plugins, problems);
  if (kind) check_combinations(*kind, tree, resolved, problems);
  problems.throw_if_any();
  return pipeline_from(*kind, with_dependent_defaults(*kind, resolved));
}

Pipeline load_pipeline(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       const PluginSchemas& plugins) {
  return make_pipeline(read_yaml_file(file), overrides, plugins);
}

}  // namespace lmos
