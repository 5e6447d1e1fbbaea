// The plugin `text`: documents from text files and JSON lines.
#include "llmasos/plugin.hpp"

#include "dataset.h"
#include "fields.h"
#include "llmasos/dataset.hpp"

namespace {

constexpr lmos_dataset_interface kDataset =
    lmos::sdk::dataset_interface<lmos::text::TextDataset>(lmos::text::kFields);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_DATASET_ID, &kDataset}};

constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "text",
    .version = "0.1.0",
    .description = "Documents from text files and JSON lines",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
