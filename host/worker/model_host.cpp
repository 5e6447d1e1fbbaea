#include "worker/model_host.h"

#include <algorithm>

#include "pipeline/pipeline_sections.h"
#include "pipeline/pipeline_values.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"

namespace lmos::worker {
namespace {

registry::RegistryOptions registry_options(const wire::Configure& configure) {
  registry::RegistryOptions options;
  options.folders.assign(configure.plugin_folders.begin(), configure.plugin_folders.end());
  return options;
}

// The daemon checked the host's keys; here the plugin adds its own.
BackendSection backend_of(const wire::Configure& configure, const PluginSchemas& plugins) {
  const Place place = Place::in("model '" + configure.model + "', backend");
  Field section = backend_section();
  section.required = true;
  const ConfigTree given =
      ConfigTree::section({{"backend", parse_yaml(configure.backend, place), place}}, place);
  return backend_from(*validate(given, {section}, plugins).find("backend"));
}

int64_t context_of(const wire::Configure& configure, int64_t longest) {
  if (configure.context > longest)
    throw Error(ErrorKind::kConfiguration,
                "model '" + configure.model + "': context is " + std::to_string(configure.context) +
                    ", but the model was made for " + std::to_string(longest) + " tokens");
  return configure.context > 0 ? configure.context : longest;
}

infer::CacheShape cache_of(const wire::Configure& configure, int64_t context) {
  infer::CacheShape cache;
  cache.sequences = configure.slots;
  cache.capacity = context;
  cache.chunk = configure.chunk;
  if (configure.cache_tokens > 0)
    cache.pages = std::clamp((configure.cache_tokens + cache.page_tokens - 1) / cache.page_tokens,
                             cache.sequence_pages(), cache.page_count());
  return cache;
}

// The tokens of generation_config.json. Models that chat often end a turn with the tokenizer's end
// token, which that file may lack.
std::vector<int32_t> end_ids_of(const infer::TextModel& model,
                                const conversation::ChatFormat& chat) {
  std::vector<int32_t> ids = model.end_ids();
  if (chat.usable() && chat.end_id() && std::ranges::count(ids, *chat.end_id()) == 0)
    ids.push_back(*chat.end_id());
  return ids;
}

}  // namespace

ModelHost::ModelHost(const wire::Configure& configure) : catalogue_(registry_options(configure)) {
  const BackendSection backend = backend_of(configure, catalogue_.schemas());
  device_ = catalogue_.open_device(backend);
  infer::TextModelOptions options;
  options.model_plugin = configure.model_plugin;
  options.tokenizer_plugin = configure.tokenizer_plugin;
  options.tokenizer_path = configure.tokenizer_path;
  options.compute = backend.compute == ComputeType::kBfloat16 ? LMOS_BF16 : LMOS_F32;
  model_ = std::make_unique<infer::TextModel>(catalogue_, *device_, configure.folder, options);
  context_ = context_of(configure, model_->context());
  cache_ = cache_of(configure, context_);
  chat_ = std::make_unique<conversation::ChatFormat>(model_->files(), configure.chat_template,
                                                     model_->tokenizer());
  engine_ = std::make_unique<infer::Engine>(model_->prepare(cache_), model_->tokenizer(),
                                            end_ids_of(*model_, *chat_));
}

}  // namespace lmos::worker
