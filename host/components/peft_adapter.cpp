#include "components/peft_adapter.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "components/weights.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"

namespace lmos::components {
namespace {

namespace fs = std::filesystem;
using graph::Graph;
using passes::LoraModule;
using passes::LoraModules;

constexpr std::string_view kPrefix = "base_model.model.";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kInput, where + ": " + what);
}

Weights open_adapter_weights(const fs::path& folder) {
  for (const std::string_view name : {kAdapterWeightsFile, std::string_view("adapter_model.bin")})
    if (path_exists(folder / name)) return open_weights_file(folder / name);
  fail(folder.string(), "there is neither " + std::string(kAdapterWeightsFile) +
                            " nor adapter_model.bin, so this is no adapter");
}

bool is_set(const Json& config, const char* key) {
  const Json* value = config.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->as_bool(key);
  if (value->is_array()) return !value->as_array(key).empty();
  return true;
}

void require_plain_lora(const Json& config, const std::string& where) {
  const std::string type = config.at("peft_type", where).as_string(where + ": \"peft_type\"");
  if (type != "LORA") fail(where, "the adapter is of type " + type + "; only LORA can be read");
  for (const char* key :
       {"use_dora", "modules_to_save", "layer_replication", "lora_bias", "trainable_token_indices"})
    if (is_set(config, key)) fail(where, std::string("`") + key + "` is not supported");
  const Json* bias = config.find("bias");
  if (bias != nullptr && bias->is_string() && bias->as_string(where) != "none")
    fail(where, "trained biases are not supported");
}

// The entry of alpha_pattern for a module; keys are its name or the end of it.
double alpha_of(const Json& config, const std::string& module, const std::string& where) {
  if (const Json* patterns = config.find("alpha_pattern"); patterns && patterns->is_object())
    for (const JsonMember& pattern : patterns->as_object(where))
      if (module == pattern.key || module.ends_with("." + pattern.key))
        return pattern.value.as_double(where + ": \"alpha_pattern\"");
  return config.at("lora_alpha", where).as_double(where + ": \"lora_alpha\"");
}

// The modules by their first matrices, whose shapes hold the ranks.
LoraModules find_modules(const StoredTensors& tensors, const Json& config,
                         const std::string& where) {
  constexpr std::string_view kEnd = ".lora_A.weight";
  const Json* flag = config.find("use_rslora");
  const bool root = flag != nullptr && flag->is_bool() && flag->as_bool(where);
  LoraModules modules;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kEnd) ||
        name.size() <= kPrefix.size() + kEnd.size())
      continue;
    const std::string module =
        name.substr(kPrefix.size(), name.size() - kPrefix.size() - kEnd.size());
    if (tensor.shape.size() != 2 || tensor.shape[0] < 1)
      fail(where, "the tensor `" + name + "` is no matrix");
    const int64_t rank = tensor.shape[0];
    const auto divisor = static_cast<double>(rank);
    modules[module] = {rank,
                       alpha_of(config, module, where) / (root ? std::sqrt(divisor) : divisor)};
  }
  if (modules.empty()) fail(where, "the adapter holds no matrix `MODULE.lora_A.weight`");
  return modules;
}

std::string last_component(const std::string& module) {
  return module.substr(module.rfind('.') + 1);
}

}  // namespace

PeftAdapter::PeftAdapter(const fs::path& folder)
    : folder_(folder), weights_(open_adapter_weights(folder)) {
  const fs::path file = folder / kAdapterConfigFile;
  const Json config = read_json_file(file);
  require_plain_lora(config, file.string());
  modules_ = find_modules(weights_.tensors(), config, file.string());
}

Graph PeftAdapter::add_to(const Graph& base) const {
  try {
    return passes::add_lora(base, modules_, 0);
  } catch (const Error& error) {
    throw Error(error.kind(), folder_.string() + " does not fit the model: " + error.what());
  }
}

void PeftAdapter::load(runtime::TensorStore& store, runtime::Stream& stream,
                       const Graph& base) const {
  load_weights(store, stream, passes::freeze(add_to(base), base), weights_, LMOS_F32,
               folder_.string());
}

Json peft_config_json(const PeftConfig& config, const Graph& base, const LoraModules& modules) {
  // PEFT adapts every module whose name ends with a target.
  std::set<std::string> ends, names;
  for (const auto& [name, module] : modules) {
    names.insert(name);
    ends.insert(last_component(name));
  }
  bool short_enough = true, transposed = false;
  for (const auto& [module, is_transposed] : passes::linear_modules(base)) {
    if (names.contains(module))
      transposed = transposed || is_transposed;
    else
      short_enough = short_enough && !ends.contains(last_component(module));
  }
  const std::set<std::string>& targets = short_enough ? ends : names;
  Json json = Json::Object();
  json.set("peft_type", "LORA");
  json.set("task_type", "CAUSAL_LM");
  json.set("base_model_name_or_path", config.base_model);
  json.set("r", config.rank);
  json.set("lora_alpha", config.alpha);
  json.set("lora_dropout", config.dropout);
  json.set("target_modules", Json::Array(targets.begin(), targets.end()));
  json.set("fan_in_fan_out", transposed);
  json.set("bias", "none");
  json.set("init_lora_weights", true);
  json.set("inference_mode", true);
  return json;
}

PeftAdapterWriter::PeftAdapterWriter(const fs::path& folder, const HuggingFaceFiles& files,
                                     std::vector<TensorSpec> tensors)
    : folder_(folder),
      weights_(folder_.staging() / kAdapterWeightsFile, std::move(tensors), {{"format", "pt"}}) {
  write_small_files(staging(), files, kAdapterConfigFile);
}

void PeftAdapterWriter::commit() {
  weights_.commit();
  folder_.commit();
}

}  // namespace lmos::components
