#include "formats/convert/gguf_model.h"

#include <optional>

#include "errors/error.h"
#include "formats/convert/copy_tensors.h"
#include "formats/convert/target_encoding.h"
#include "formats/gguf_config.h"
#include "formats/gguf_names.h"
#include "formats/gguf_tokenizer_metadata.h"
#include "formats/gguf_writer.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"
#include "formats/path_exists.h"
#include "formats/quote.h"
#include "formats/tokenizer_settings.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

// What general.file_type says of the tensors (llama.h, llama_ftype).
std::optional<uint32_t> file_type(const ConversionPlan& plan) {
  std::map<std::string, int64_t> elements;
  for (const auto& [name, tensor] : plan)
    elements[encoding_name(tensor.target)] += tensor.source.elements();
  std::pair<std::string, int64_t> most{"F32", 0};
  for (const auto& [name, count] : elements)
    if (count > most.second) most = {name, count};
  for (const auto& [name, type] :
       {std::pair("F32", 0u), std::pair("F16", 1u), std::pair("Q8_0", 7u), std::pair("BF16", 32u)})
    if (most.first == name) return type;
  return std::nullopt;
}

void plan_tensors(const StoredTensors& tensors, const ConversionOptions& options,
                  ConversionPlan& plan) {
  for (const auto& [name, tensor] : tensors)
    plan.emplace(name, PlannedTensor{tensor, gguf_target(tensor.encoding, options.encoding, name,
                                                         tensor.shape)});
}

// Keys that are written anew.
bool describes_encoding(std::string_view key) {
  return key == "general.file_type" || key == "general.quantization_version" ||
         key == "general.alignment";
}

// From GGUF to GGUF, everything stays under its name.
void plan_from_gguf(const GgufFile& file, const ConversionOptions& options,
                    GgufMetadataBuilder& metadata, ConversionPlan& plan) {
  for (const GgufMetadata::Entry& entry : file.metadata().entries())
    if (!describes_encoding(entry.key)) metadata.add(entry.key, entry.value);
  StoredTensors tensors;
  for (const auto& [name, tensor] : file.contents().tensors)
    tensors.emplace(name, StoredTensor{tensor.encoding, tensor.shape, tensor.data});
  plan_tensors(tensors, options, plan);
}

// As transformers finds it: a file of its own comes before the tokenizer's configuration.
std::optional<std::string> chat_template_of(const std::filesystem::path& folder) {
  const std::filesystem::path own = folder / kChatTemplateFile;
  if (path_exists(own)) {
    const std::string text(MappedFile(own).text());
    if (!is_utf8(text)) throw Error(ErrorKind::kInput, own.string() + " is no UTF-8 text");
    return text;
  }
  const std::filesystem::path settings = folder / kTokenizerConfigFile;
  if (!path_exists(settings)) return std::nullopt;
  const Json config = read_json_file(settings);
  const Json* chat = config.find("chat_template");
  if (chat == nullptr || !chat->is_string()) return std::nullopt;
  return chat->as_string("");
}

// From tokenizer.json, with the chat template beside it.
void add_tokenizer(const ModelFiles& model, const ConversionEvents& events,
                   GgufMetadataBuilder& metadata) {
  const auto note = [&](const std::string& why) {
    if (events.on_note) events.on_note("the tokenizer is left out: " + why);
  };
  const std::filesystem::path path = model.path() / kTokenizerFile;
  if (!path_exists(path)) return note(path.string() + " is missing");
  if (const auto why =
          add_gguf_tokenizer(read_json_file(path), model.config(), path.string(), metadata))
    note(path.string() + ": " + *why);
  if (const auto chat = chat_template_of(model.path()))
    metadata.add_string("tokenizer.chat_template", *chat);
}

void note_left_out(const std::vector<std::string>& names, const ConversionEvents& events) {
  constexpr size_t kListed = 5;
  if (names.empty() || !events.on_note) return;
  std::string line = "left out, because GGUF has no place for them: ";
  for (size_t i = 0; i < names.size() && i < kListed; ++i)
    line += (i ? ", " : "") + quote_text(names[i]);
  if (names.size() > kListed) line += " and " + std::to_string(names.size() - kListed) + " more";
  events.on_note(line);
}

// Returns the tensors that the architecture adds, which `plan` points into.
std::vector<ExtraGgufTensor> plan_from_folder(const ModelFiles& model, const Weights& weights,
                                              const ConversionOptions& options,
                                              const ConversionEvents& events,
                                              GgufMetadataBuilder& metadata, ConversionPlan& plan) {
  std::vector<ExtraGgufTensor> extra =
      add_gguf_config(model.config(), model.config_place(), metadata);
  const std::filesystem::path name = model.path().lexically_normal();
  metadata.add_string("general.name",
                      (name.has_filename() ? name : name.parent_path()).filename().string());
  add_tokenizer(model, events, metadata);
  const RenamedTensors renamed =
      gguf_names(weights.tensors(), model.config(), model.config_place());
  note_left_out(renamed.left_out, events);
  plan_tensors(renamed.tensors, options, plan);
  for (const ExtraGgufTensor& tensor : extra) {
    const StoredTensor stored{{LMOS_F32, nullptr},
                              {static_cast<int64_t>(tensor.values.size())},
                              std::as_bytes(std::span(tensor.values))};
    plan.emplace(tensor.name, PlannedTensor{stored, stored.encoding, false});
  }
  return extra;
}

}  // namespace

ConversionResult convert_to_gguf(const ConversionSource& source, const ConversionOptions& options,
                                 const ConversionEvents& events) {
  if (!source.model)
    throw Error(ErrorKind::kInput,
                options.in.string() +
                    ": weights alone do not make a GGUF model; convert the folder that has its "
                    "config.json");
  GgufMetadataBuilder metadata;
  ConversionPlan plan;
  std::vector<ExtraGgufTensor> extra;
  if (const auto& file = source.model->gguf()) {
    plan_from_gguf(*file, options, metadata, plan);
  } else {
    extra = plan_from_folder(*source.model, source.weights, options, events, metadata, plan);
  }
  check_plan(plan, options.in.string());
  if (const auto type = file_type(plan)) metadata.add_uint32("general.file_type", *type);
  metadata.add_uint32("general.quantization_version", 2);
  std::vector<EncodedTensorSpec> specs;
  for (const auto& [name, tensor] : plan)
    specs.push_back({name, tensor.target, tensor.source.shape});
  GgufWriter writer(options.out, metadata, std::move(specs));
  return copy_tensors(plan, writer, events);
}

}  // namespace lmos
