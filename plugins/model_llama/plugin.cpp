// The plugin `llama`: decoders of the LLaMA family.
#include "llmasos/plugin.hpp"

#include "fields.h"
#include "llmasos/model.hpp"
#include "model.h"

namespace {

constexpr lmos_string kModelTypes[] = {lmos::sdk::borrow("llama")};
constexpr lmos_model_interface kModel =
    lmos::sdk::model_interface<lmos::llama::Llama>(lmos::llama::kFields, kModelTypes);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_MODEL_ID, &kModel}};

constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "llama",
    .version = "0.1.0",
    .description = "Decoders of the LLaMA family: RMSNorm, rotary embeddings, gated MLP",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
