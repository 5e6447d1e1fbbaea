#include "infer/text_model.h"

#include "components/peft_adapter.h"
#include "components/weight_storage.h"
#include "components/weights.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/tokenizer_settings.h"
#include "llmasos/model.h"

namespace lmos::infer {

TextModel::TextModel(components::Catalogue& catalogue, runtime::Device& device,
                     const std::filesystem::path& folder, const TextModelOptions& options)
    : device_(device), folder_(folder), file_(folder_.open_weights()), weights_(device) {
  tokenizer_ = catalogue.open_tokenizer(options.tokenizer_plugin, options.tokenizer_path.empty()
                                                                      ? folder_.tokenizer_path()
                                                                      : options.tokenizer_path);
  const auto architecture = catalogue.open_model(options.model_plugin, folder_);
  context_ = architecture->context();
  logits_ =
      architecture->graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, options.compute, options.compute);
  logits_ = components::with_storage(logits_, options.weights, options.compute);
  runtime::Stream stream(device);
  components::load_weights(weights_, stream, logits_, *file_, options.compute, folder.string(),
                           {.share = options.share_weights});
  if (!options.share_weights) file_.reset();
  if (!options.adapter.empty()) {
    const components::PeftAdapter adapter(options.adapter);
    adapter.load(weights_, stream, logits_);
    logits_ = adapter.add_to(logits_);
  }
  read_adapter_settings(options.adapter);
  for (const int64_t id : folder_.generation_config().eos_token_ids)
    end_ids_.push_back(static_cast<int32_t>(id));
}

void TextModel::read_adapter_settings(const std::filesystem::path& adapter) {
  if (adapter.empty()) return;
  if (path_exists(adapter / kChatTemplateFile))
    adapter_chat_template_ = adapter / kChatTemplateFile;
  const auto path = adapter / kGenerationConfigFile;
  if (!path_exists(path)) return;
  for (const int64_t id :
       parse_generation_config(read_json_file(path), Json::Object(), adapter.string())
           .eos_token_ids)
    end_ids_.push_back(static_cast<int32_t>(id));
}

CachedModel& TextModel::prepare(const CacheShape& cache) {
  model_.reset();
  CacheShape shape = cache;
  shape.known_ids = static_cast<int64_t>(tokenizer_->vocab_size());
  model_ = std::make_unique<CachedModel>(device_, logits_, weights_, shape);
  return *model_;
}

}  // namespace lmos::infer
