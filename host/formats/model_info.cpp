#include "formats/model_info.h"

#include <array>

#include "errors/error.h"
#include "formats/gguf.h"
#include "formats/json_probe.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"
#include "formats/model_files.h"
#include "formats/path_exists.h"
#include "formats/weights.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// Names of a size in config.json, which differ between model families, and in GGUF.
struct SizeKeys {
  std::optional<int64_t> ModelInfo::*size;
  std::array<std::string_view, 2> config;
  std::string_view gguf;
};

constexpr SizeKeys kSizes[] = {
    {&ModelInfo::layers, {"num_hidden_layers", "n_layer"}, "block_count"},
    {&ModelInfo::embed, {"hidden_size", "n_embd"}, "embedding_length"},
    {&ModelInfo::heads, {"num_attention_heads", "n_head"}, "attention.head_count"},
    {&ModelInfo::kv_heads, {"num_key_value_heads", ""}, "attention.head_count_kv"},
    {&ModelInfo::mlp, {"intermediate_size", "n_inner"}, "feed_forward_length"},
    {&ModelInfo::context, {"max_position_embeddings", "n_positions"}, "context_length"},
    {&ModelInfo::vocabulary, {"vocab_size", ""}, "vocab_size"},
};

void add_tensors(ModelInfo& info, const Weights& weights) {
  for (const auto& [name, tensor] : weights.tensors()) {
    const std::string encoding = encoding_name(tensor.encoding);
    const uint64_t bytes = encoded_bytes(tensor.encoding, tensor.shape).value_or(0);
    info.parameters += tensor.elements();
    info.bytes += bytes;
    info.parameters_by_encoding[encoding] += tensor.elements();
    info.tensors.push_back({name, encoding, tensor.shape, bytes});
  }
}

// The kind that tokenizer.json names, or what other files tell.
std::optional<std::string> tokenizer_in(const fs::path& folder) {
  if (path_exists(folder / kTokenizerFile)) {
    const MappedFile file(folder / kTokenizerFile);
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                                file.bytes().size());
    constexpr std::array<std::string_view, 2> kPath = {"model", "type"};
    return find_json_string(text, kPath).value_or("of an unknown kind") + " (tokenizer.json)";
  }
  for (const char* name : {"tokenizer.model", "spiece.model", "vocab.json", "vocab.txt"})
    if (path_exists(folder / name)) return name;
  return std::nullopt;
}

ModelInfo folder_info(const fs::path& path) {
  ModelInfo info;
  const ModelFiles model(path);
  const Weights weights = model.open_weights();
  info.format = "Hugging Face folder (" + std::string(weights.format()) + ")";
  if (const Json* type = model.config().find("model_type"))
    info.architecture = type->as_string(model.config_place() + ": \"model_type\"");
  for (const SizeKeys& keys : kSizes) {
    for (const std::string_view key : keys.config) {
      const Json* value = key.empty() ? nullptr : model.config().find(key);
      if (value && value->is_int64()) info.*keys.size = value->as_int64("");
    }
  }
  info.tokenizer = tokenizer_in(path);
  add_tensors(info, weights);
  return info;
}

ModelInfo gguf_info(const fs::path& path) {
  ModelInfo info;
  const GgufFile file(path);
  const GgufMetadata& metadata = file.metadata();
  info.format = "GGUF version " + std::to_string(file.contents().version);
  const auto text = [&](std::string_view key) -> std::optional<std::string> {
    const GgufValue* value = metadata.find(key);
    if (!value) return std::nullopt;
    return std::string(value->as_string(metadata.place(key)));
  };
  info.architecture = text("general.architecture");
  for (const SizeKeys& keys : kSizes) {
    const std::string key = info.architecture.value_or("") + "." + std::string(keys.gguf);
    const GgufValue* value = metadata.find(key);
    if (value && !value->is_array()) info.*keys.size = value->as_int64(metadata.place(key));
  }
  info.tokenizer = text("tokenizer.ggml.model");
  if (const GgufValue* tokens = metadata.find("tokenizer.ggml.tokens"))
    info.vocabulary = static_cast<int64_t>(tokens->size());
  add_tensors(info, open_weights_file(path));
  return info;
}

ModelInfo weights_info(const fs::path& path) {
  ModelInfo info;
  const Weights weights = open_weights_file(path);
  info.format = std::string(weights.format()) + " file";
  add_tensors(info, weights);
  return info;
}

}  // namespace

ModelInfo model_info(const fs::path& path) {
  if (!path_exists(path))
    throw Error(ErrorKind::kInput, path.string() + ": no such model file or folder");
  ModelInfo info = fs::is_directory(path)               ? folder_info(path)
                   : file_kind(path) == FileKind::kGguf ? gguf_info(path)
                                                        : weights_info(path);
  info.path = path.string();
  return info;
}

Json as_json(const ModelInfo& info, bool with_tensors) {
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(); };
  Json::Object encodings;
  for (const auto& [encoding, parameters] : info.parameters_by_encoding)
    encodings.push_back({encoding, parameters});
  Json json = Json::Object{{"path", info.path},
                           {"format", info.format},
                           {"architecture", or_null(info.architecture)},
                           {"parameters", info.parameters},
                           {"bytes", info.bytes},
                           {"parameters_by_encoding", std::move(encodings)},
                           {"layers", or_null(info.layers)},
                           {"embed", or_null(info.embed)},
                           {"heads", or_null(info.heads)},
                           {"kv_heads", or_null(info.kv_heads)},
                           {"mlp", or_null(info.mlp)},
                           {"context", or_null(info.context)},
                           {"vocabulary", or_null(info.vocabulary)},
                           {"tokenizer", or_null(info.tokenizer)},
                           {"tensor_count", info.tensors.size()}};
  if (!with_tensors) return json;
  Json::Array tensors;
  for (const TensorFacts& tensor : info.tensors)
    tensors.push_back(Json::Object{{"name", tensor.name},
                                   {"encoding", tensor.encoding},
                                   {"shape", Json::Array(tensor.shape.begin(), tensor.shape.end())},
                                   {"bytes", tensor.bytes}});
  json.set("tensors", std::move(tensors));
  return json;
}

}  // namespace lmos
