#include "formats/convert/model_folder.h"

#include <map>

#include "errors/error.h"
#include "formats/convert/copy_tensors.h"
#include "formats/convert/target_encoding.h"
#include "formats/gguf_tokenizer.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// Of the type that most elements have.
std::string_view torch_dtype(const ConversionPlan& plan) {
  std::map<lmos_dtype, int64_t> elements;
  for (const auto& [name, tensor] : plan)
    if (is_floating(tensor.target)) elements[tensor.target.dtype] += tensor.source.elements();
  lmos_dtype most = LMOS_F32;
  for (const auto& [dtype, count] : elements)
    if (count > elements[most]) most = dtype;
  switch (most) {
    case LMOS_F64:
      return "float64";
    case LMOS_F16:
      return "float16";
    case LMOS_BF16:
      return "bfloat16";
    default:
      return "float32";
  }
}

Json config_with_dtype(Json config, std::string_view dtype) {
  // Older versions of transformers know the first name only, newer ones prefer the second.
  config.set("torch_dtype", dtype);
  config.set("dtype", dtype);
  return config;
}

Json generation_config_of(const Json& config) {
  Json generation = Json::Object();
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"})
    if (const Json* id = config.find(key)) generation.set(key, *id);
  return generation;
}

HuggingFaceFiles files_of(const ModelFiles& model, const ConversionPlan& plan) {
  HuggingFaceFiles files;
  files.config = config_with_dtype(model.config(), torch_dtype(plan));
  files.generation_config = model.generation_config_json().is_null()
                                ? generation_config_of(model.config())
                                : model.generation_config_json();
  if (path_exists(model.path() / kTokenizerFile))
    files.tokenizer = MappedFile(model.path() / kTokenizerFile).text();
  return files;
}

// The tokenizer of a GGUF file; a note where it is of a kind that is not known.
void take_gguf_tokenizer(const ModelFiles& model, const ConversionEvents& events,
                         HuggingFaceFiles& files) {
  const auto note = [&](const std::string& why) {
    if (events.on_note) events.on_note("the tokenizer is left out: " + why);
  };
  if (!model.has_tokenizer()) return note("the file has none");
  try {
    files.tokenizer = tokenizer_json_from_gguf(model.gguf()->metadata(), model.path().string());
  } catch (const Error& error) {
    note(error.what());
  }
}

}  // namespace

ConversionResult convert_to_folder(const ConversionSource& source, const ConversionOptions& options,
                                   const ConversionEvents& events) {
  if (!source.model)
    throw Error(ErrorKind::kInput,
                options.in.string() +
                    ": weights alone do not make a model folder; convert the folder that has its "
                    "config.json");
  ConversionPlan plan;
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : source.weights.tensors()) {
    const TensorEncoding target = dense_target(tensor.encoding, options.encoding);
    plan.emplace(name, PlannedTensor{tensor, target});
    specs.push_back({name, target.dtype, tensor.shape});
  }
  check_plan(plan, options.in.string());
  HuggingFaceFiles files = files_of(*source.model, plan);
  if (source.model->gguf()) take_gguf_tokenizer(*source.model, events, files);
  if (source.model->is_folder() || files.tokenizer)
    files.settings = tokenizer_settings(*source.model);
  HuggingFaceWriter writer(options.out, files, std::move(specs), options.max_shard_bytes);
  return copy_tensors(plan, writer, events);
}

}  // namespace lmos
