// The plugin `bert`: encoders of the BERT family.
#include "llmasos/plugin.hpp"

#include "fields.h"
#include "llmasos/model.hpp"
#include "model.h"

namespace {

constexpr lmos_string kModelTypes[] = {lmos::sdk::borrow("bert")};
constexpr lmos_model_interface kModel =
    lmos::sdk::model_interface<lmos::bert::Bert>(lmos::bert::kFields, kModelTypes);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_MODEL_ID, &kModel}};

constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "bert",
    .version = "0.1.0",
    .description = "Encoders of the BERT family: pre-training, classification, question answering",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
