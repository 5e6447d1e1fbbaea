#include "pipeline/plugins_for_test.h"

#include <algorithm>
#include <map>
#include <utility>

#include "llmasos/schema.h"
#include "pipeline/plugin_schema.h"

namespace lmos {
namespace {

lmos_string c_text(const char* text) { return {text, std::char_traits<char>::length(text)}; }

lmos_field c_field(int32_t type, const char* name, const char* doc, int required = 0) {
  lmos_field field = {};
  field.struct_size = sizeof(lmos_field);
  field.type = type;
  field.name = c_text(name);
  field.doc = c_text(doc);
  field.required = required;
  return field;
}

lmos_field positive_int(const char* name, const char* doc, const char* default_value = nullptr) {
  lmos_field field = c_field(LMOS_FIELD_INT, name, doc, default_value ? 0 : 1);
  field.has_minimum = 1;
  field.minimum = 1;
  if (default_value) field.default_value = c_text(default_value);
  return field;
}

std::vector<Field> llama_fields() {
  static const lmos_string kScalings[] = {c_text("linear"), c_text("llama3")};
  lmos_field type = c_field(LMOS_FIELD_STRING, "type", "Kind of scaling.", 1);
  type.choices = kScalings;
  type.choice_count = 2;
  lmos_field factor = c_field(LMOS_FIELD_FLOAT, "factor", "How much longer.", 1);
  const lmos_field scaling_fields[] = {type, factor};
  lmos_field scaling = c_field(LMOS_FIELD_SECTION, "rope_scaling", "Longer contexts.");
  scaling.fields = scaling_fields;
  scaling.field_count = 2;
  lmos_field theta = c_field(LMOS_FIELD_FLOAT, "rope_theta", "Base of the rotation.");
  theta.default_value = c_text("10000");
  const lmos_field fields[] = {positive_int("layers", "Blocks."),
                               positive_int("embed", "Width."),
                               positive_int("heads", "Query heads."),
                               positive_int("kv_heads", "Key and value heads.", "1"),
                               positive_int("mlp", "Hidden width."),
                               theta,
                               scaling};
  return fields_from_plugin(fields, std::size(fields), "llama");
}

std::vector<Field> bpe_fields() {
  lmos_field special = c_field(LMOS_FIELD_LIST, "special_tokens", "Tokens that text cannot spell.");
  special.element = LMOS_FIELD_STRING;
  special.default_value = c_text("[<|endoftext|>]");
  const lmos_field fields[] = {positive_int("vocab_size", "Tokens to learn."), special};
  return fields_from_plugin(fields, std::size(fields), "bpe");
}

std::vector<Field> text_fields() {
  const lmos_field fields[] = {c_field(LMOS_FIELD_STRING, "path", "A text file.", 1)};
  return fields_from_plugin(fields, std::size(fields), "text");
}

using ByName = std::map<std::string, std::vector<Field>, std::less<>>;

const std::map<std::string, ByName, std::less<>>& all_schemas() {
  static const std::map<std::string, ByName, std::less<>> kSchemas = {
      {"lmos.backend/1", {{"cpu", {}}, {"reference", {}}}},
      {"lmos.tokenizer/1", {{"bpe", bpe_fields()}}},
      {"lmos.dataset/1", {{"text", text_fields()}}},
      {"lmos.model/1", {{"gpt2", {}}, {"llama", llama_fields()}}},
  };
  return kSchemas;
}

}  // namespace

PluginSchemas schemas_for_test() {
  PluginSchemas schemas;
  schemas.fields = [](std::string_view interface_id,
                      std::string_view plugin) -> std::optional<std::vector<Field>> {
    const auto plugins = all_schemas().find(interface_id);
    if (plugins == all_schemas().end()) return std::nullopt;
    const auto fields = plugins->second.find(plugin);
    if (fields == plugins->second.end()) return std::nullopt;
    return fields->second;
  };
  schemas.names = [](std::string_view interface_id) {
    std::vector<std::string> names;
    const auto plugins = all_schemas().find(interface_id);
    if (plugins == all_schemas().end()) return names;
    for (const auto& [name, fields] : plugins->second) names.push_back(name);
    return names;
  };
  return schemas;
}

const char kTrainYaml[] = R"(version: 1
kind: train
seed: 1337
backend: {plugin: cpu, compute: bf16}
tokenizer: {plugin: bpe, train: {vocab_size: 4096}}
dataset: {plugin: text, path: corpus.txt, sequence: 256}
model: {plugin: llama, layers: 6, embed: 288, heads: 6, kv_heads: 6, mlp: 768}
strategy: {plugin: single}
optimizer: {kind: adamw, lr: 1.0e-3, weight_decay: 0.1, clip: 1.0}
schedule: {kind: cosine, warmup: 100}
train: {steps: 2000, batch: 32, accumulate: 1}
evaluate: {every: 200, batches: 20}
checkpoint: {folder: runs/demo, every: 200, keep: 3}
generate: {prompt: "Once upon a time", stop: ["\n\n"], top_k: 40}
)";

}  // namespace lmos
