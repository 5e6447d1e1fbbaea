// What a conversion reads.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "formats/model_files.h"

namespace lmos {

struct ConversionSource {
  // Configuration and tokenizer; none where the file holds weights alone.
  std::optional<ModelFiles> model;
  // Under the names of Hugging Face where there is a model, else those of the file.
  Weights weights;
};

ConversionSource open_source(const std::filesystem::path& path);

}  // namespace lmos
