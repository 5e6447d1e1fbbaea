// The plugin `gpt2`: decoders of the GPT-2 family.
#include "llmasos/plugin.hpp"

#include "fields.h"
#include "llmasos/model.hpp"
#include "model.h"

namespace {

constexpr lmos_string kModelTypes[] = {lmos::sdk::borrow("gpt2")};
constexpr lmos_model_interface kModel =
    lmos::sdk::model_interface<lmos::gpt2::Gpt2>(lmos::gpt2::kFields, kModelTypes);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_MODEL_ID, &kModel}};

constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "gpt2",
    .version = "0.1.0",
    .description = "Decoders of the GPT-2 family: LayerNorm, learned positions, GELU",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
