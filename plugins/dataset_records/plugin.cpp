// The plugin `records`: records with named fields from TSV, CSV, JSON lines and JSON.
#include "llmasos/plugin.hpp"

#include "dataset.h"
#include "fields.h"
#include "llmasos/dataset.hpp"

namespace {

constexpr lmos_dataset_interface kDataset =
    lmos::sdk::dataset_interface<lmos::records::RecordDataset>(lmos::records::kFields);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_DATASET_ID, &kDataset}};

constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "records",
    .version = "0.1.0",
    .description = "Records with named fields from TSV, CSV, JSON lines and JSON",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
