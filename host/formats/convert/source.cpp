#include "formats/convert/source.h"

#include "formats/gguf_names.h"

namespace lmos {
namespace {

// Also of a GGUF file, if its architecture is known.
bool describes_a_model(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return true;
  if (file_kind(path) != FileKind::kGguf) return false;
  const GgufFile file(path);
  const GgufValue* architecture = file.metadata().find("general.architecture");
  return architecture && architecture->type() == GgufType::kString &&
         has_gguf_names(architecture->as_string(path.string()));
}

}  // namespace

ConversionSource open_source(const std::filesystem::path& path) {
  if (!describes_a_model(path)) return {std::nullopt, open_weights_file(path)};
  ModelFiles model(path);
  Weights weights = model.open_weights();
  return {std::move(model), std::move(weights)};
}

}  // namespace lmos
