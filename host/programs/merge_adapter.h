// Folding an adapter into its model, with a progress bar.
#pragma once

#include <filesystem>
#include <string>

#include "components/catalogue.h"

namespace lmos {

// Writes a Hugging Face folder; false if the user interrupted it, and then there is none.
bool write_merged_model(components::Catalogue& catalogue, const std::string& model,
                        const std::string& adapter, const std::filesystem::path& output);

}  // namespace lmos
