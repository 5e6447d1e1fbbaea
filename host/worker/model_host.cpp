#include "worker/model_host.h"

#include <algorithm>

#include "components/batch_invariance.h"
#include "errors/error.h"
#include "llmasos/model.h"
#include "pipeline/pipeline_sections.h"
#include "pipeline/pipeline_values.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"

namespace lmos::worker {
namespace {

constexpr const char* kDefaultBackend = "cpu";

registry::RegistryOptions registry_options(const wire::Configure& configure) {
  registry::RegistryOptions options;
  options.folders.assign(configure.plugin_folders.begin(), configure.plugin_folders.end());
  return options;
}

// Moved to where it stood, so that the parser tells the places of the daemon's file.
std::string in_place(const wire::BackendKey& key) {
  const auto lines = static_cast<size_t>(std::clamp(key.line - 1, 0, 100'000));
  const auto columns = static_cast<size_t>(std::clamp(key.column - 1, 0, 1'000));
  const bool one_line = key.value.find('\n') >= key.value.size() - 1;
  return std::string(lines, '\n') + std::string(one_line ? columns : 0, ' ') + key.value;
}

// The daemon, which loads no plugin, checked none of it.
BackendSection backend_of(const wire::Configure& configure, const PluginSchemas& plugins) {
  const Place nowhere = Place::in("model '" + configure.model + "'");
  std::vector<ConfigMember> members;
  for (const wire::BackendKey& key : configure.backend) {
    const Place source = Place::in(key.source);
    members.push_back({key.key, parse_yaml(in_place(key), source), source});
  }
  ConfigTree given = ConfigTree::section(std::move(members), nowhere);
  Field section = backend_section();
  section.required = true;
  const ConfigTree* plugin = given.find("plugin");
  const std::string name = plugin != nullptr ? plugin->as_string() : kDefaultBackend;
  // Who is served must not notice who else is.
  given = components::with_batch_invariance(given, name, plugins);
  const ConfigTree whole = ConfigTree::section({{"backend", given, nowhere}}, nowhere);
  return backend_from(*validate(whole, {section}, plugins).find("backend"));
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
  const auto architecture =
      catalogue_.open_model(configure.model_plugin, ModelFiles(configure.folder));
  if (architecture->task() == LMOS_TASK_CAUSAL_LM)
    open_generator(configure, backend.compute);
  else
    open_encoder(configure, backend.compute);
}

void ModelHost::open_generator(const wire::Configure& configure, lmos_dtype compute) {
  infer::TextModelOptions options;
  options.model_plugin = configure.model_plugin;
  options.tokenizer_plugin = configure.tokenizer_plugin;
  options.tokenizer_path = configure.tokenizer_path;
  options.share_weights = false;  // loaded once, read at every step
  options.adapter = configure.adapter;
  options.compute = compute;
  options.weights = weight_storage_from(configure.weights);
  model_ = std::make_unique<infer::TextModel>(catalogue_, *device_, configure.folder, options);
  context_ = context_of(configure, model_->context());
  cache_ = cache_of(configure, context_);
  const std::filesystem::path chosen = configure.chat_template.empty()
                                           ? model_->adapter_chat_template()
                                           : std::filesystem::path(configure.chat_template);
  chat_ = std::make_unique<conversation::ChatFormat>(model_->files(), chosen, model_->tokenizer());
  engine_ = std::make_unique<infer::Engine>(model_->prepare(cache_), model_->tokenizer(),
                                            end_ids_of(*model_, *chat_), configure.prompt_lookup);
}

void ModelHost::open_encoder(const wire::Configure& configure, lmos_dtype compute) {
  if (!configure.adapter.empty())
    throw Error(ErrorKind::kConfiguration,
                "model '" + configure.model + "': adapters are for models that generate text");
  if (weight_storage_from(configure.weights) != WeightStorage::kCompute)
    throw Error(ErrorKind::kConfiguration,
                "model '" + configure.model + "': `weights` is for models that generate text");
  infer::EncoderOptions options;
  options.model_plugin = configure.model_plugin;
  options.tokenizer_plugin = configure.tokenizer_plugin;
  options.tokenizer_path = configure.tokenizer_path;
  options.compute = compute;
  if (configure.pool_first_token) options.pooling = infer::Pooling::kFirstToken;
  options.normalize = configure.normalize;
  encoder_ = std::make_unique<infer::EncoderModel>(catalogue_, *device_, configure.folder, options);
  context_ = context_of(configure, encoder_->context());
  encoder_engine_ = std::make_unique<infer::EncoderEngine>(
      *encoder_, infer::EncoderBatchLimits{configure.slots, configure.chunk});
}

}  // namespace lmos::worker
