// Whatever the bytes: reading them as YAML throws Error(kConfiguration), or gives a tree that is
// the same after it was written and read again; so is the pipeline that it may be. As the value of
// --set they change a valid pipeline, or are refused.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "errors/error.h"
#include "pipeline/load_pipeline.h"
#include "pipeline/override.h"
#include "pipeline/plugins_for_test.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"

namespace {

std::optional<lmos::ConfigTree> parse(const std::string& text) {
  try {
    return lmos::parse_yaml(text, lmos::Place::in("input"));
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kConfiguration) std::abort();
    return std::nullopt;
  }
}

std::optional<lmos::Pipeline> load(const lmos::ConfigTree& tree) {
  static const lmos::PluginSchemas kSchemas = lmos::schemas_for_test();
  try {
    return lmos::make_pipeline(tree, {}, kSchemas);
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kConfiguration) std::abort();
    return std::nullopt;
  }
}

// Both directions lose nothing, as long as the text stays below what the reader takes at all.
void check_round_trip(const lmos::ConfigTree& tree) {
  const std::string written = lmos::write_yaml(tree);
  if (written.size() > (1 << 20)) return;
  const auto again = parse(written);
  if (!again || !(*again == tree)) std::abort();
}

void check_pipeline(const lmos::ConfigTree& tree) {
  const auto pipeline = load(tree);
  if (!pipeline) return;
  check_round_trip(pipeline->resolved);
  const auto again = load(pipeline->resolved);
  if (!again || !(again->resolved == pipeline->resolved)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = parse(text)) {
    check_round_trip(*tree);
    check_pipeline(*tree);
  }
  static const lmos::ConfigTree kTrain = *parse(lmos::kTrainYaml);
  try {
    check_pipeline(lmos::apply_override(kTrain, text));
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kConfiguration &&
        error.kind() != lmos::ErrorKind::kUsage) {
      std::abort();
    }
  }
  return 0;
}
