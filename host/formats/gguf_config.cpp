#include "formats/gguf_config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>

#include "errors/error.h"
#include "formats/gguf_names.h"
#include "formats/little_endian.h"
#include "formats/quote.h"
#include "formats/rope_factors.h"

namespace lmos {
namespace {

constexpr std::string_view kArchitecture = "general.architecture";
// LLaMA 3's, where a file does not say.
constexpr int64_t kOriginalContext = 8192;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

// The number that people meant: 1e-5, not 9.999999747378752e-06.
double shortest(double value) {
  const float narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value || !std::isfinite(narrow)) return value;
  char text[32];
  const auto printed = std::to_chars(text, text + sizeof text, narrow);
  double result = value;
  std::from_chars(text, printed.ptr, result);
  return result;
}

// ---- from GGUF ----

class GgufKeys {
 public:
  GgufKeys(const GgufContents& gguf, const std::string& where) : gguf_(gguf), where_(where) {
    const GgufMetadata& all = gguf.metadata;
    architecture_ = all.at(kArchitecture).as_string(all.place(kArchitecture));
    if (!has_gguf_names(architecture_))
      refuse(where, "models of architecture " + quote_text(architecture_) +
                        " are not known; known are " + known_gguf_models());
  }

  const std::string& architecture() const { return architecture_; }
  const std::string& where() const { return where_; }

  const GgufValue* find(std::string_view key) const { return gguf_.metadata.find(full(key)); }
  std::string place(std::string_view key) const { return gguf_.metadata.place(full(key)); }
  int64_t integer(std::string_view key) const {
    const std::string name = full(key);
    return positive(gguf_.metadata.at(name), key);
  }
  std::optional<int64_t> integer_if_there(std::string_view key) const {
    const GgufValue* value = find(key);
    return value ? std::optional(positive(*value, key)) : std::nullopt;
  }
  double number(std::string_view key) const {
    return shortest(gguf_.metadata.at(full(key)).as_double(place(key)));
  }
  double number_or(std::string_view key, double absent) const {
    const GgufValue* value = find(key);
    return value ? shortest(value->as_double(place(key))) : absent;
  }
  std::string text_or(std::string_view key, std::string_view absent) const {
    const GgufValue* value = find(key);
    return std::string(value ? value->as_string(place(key)) : absent);
  }

  const GgufTensor* tensor(std::string_view name) const {
    const auto found = gguf_.tensors.find(name);
    return found == gguf_.tensors.end() ? nullptr : &found->second;
  }
  // Rows of a table of embeddings, which a file with weights has.
  std::optional<int64_t> rows(std::string_view name) const {
    const GgufTensor* found = tensor(name);
    if (!found || found->shape.size() != 2) return std::nullopt;
    return found->shape[0];
  }
  int64_t vocabulary() const {
    if (const auto rows_there = rows("token_embd.weight")) return *rows_there;
    if (const auto size = integer_if_there("vocab_size")) return *size;
    constexpr std::string_view kTokens = "tokenizer.ggml.tokens";
    return static_cast<int64_t>(gguf_.metadata.at(kTokens).size());
  }
  void put_token_ids(Json& config) const {
    for (const auto& [key, name] :
         {std::pair("bos", "bos"), std::pair("eos", "eos"), std::pair("padding", "pad")}) {
      const std::string full_key = "tokenizer.ggml." + std::string(key) + "_token_id";
      const GgufValue* id = gguf_.metadata.find(full_key);
      if (id)
        config.set(std::string(name) + "_token_id", id->as_int64(gguf_.metadata.place(full_key)));
    }
  }

 private:
  std::string full(std::string_view key) const { return architecture_ + "." + std::string(key); }
  // Per-layer arrays, which some files have for a number of heads, must agree.
  int64_t positive(const GgufValue& value, std::string_view key) const {
    int64_t number = 0;
    if (value.is_array()) {
      const std::vector<int64_t> all = value.as_int64s(place(key));
      if (all.empty()) refuse(place(key), "an empty array");
      for (int64_t each : all)
        if (each != all[0]) refuse(place(key), "layers that differ are not supported");
      number = all[0];
    } else {
      number = value.as_int64(place(key));
    }
    if (number <= 0 || number > std::numeric_limits<int32_t>::max())
      refuse(place(key), std::to_string(number) + " is no possible size");
    return number;
  }

  const GgufContents& gguf_;
  const std::string& where_;
  std::string architecture_;
};

Json rope_from_factors(const GgufKeys& keys, const GgufTensor& tensor, double theta) {
  const std::string place = keys.where() + ": tensor " + quote_text(kGgufRopeFactors);
  if (tensor.encoding != TensorEncoding{LMOS_F32, nullptr}) refuse(place, "expected F32");
  std::vector<float> factors(tensor.data.size() / sizeof(float));
  if (!factors.empty()) std::memcpy(factors.data(), tensor.data.data(), tensor.data.size());
  const int64_t original =
      keys.integer_if_there("rope.scaling.original_context_length").value_or(kOriginalContext);
  const auto scaling = llama3_scaling_of(factors, theta, original);
  if (!scaling) refuse(place, "no scaling of LLaMA 3's kind gives these factors");
  return Json::Object{{"factor", scaling->factor},
                      {"high_freq_factor", scaling->high_freq_factor},
                      {"low_freq_factor", scaling->low_freq_factor},
                      {"original_max_position_embeddings", scaling->original_context},
                      {"rope_type", "llama3"}};
}

void put_rope(Json& config, const GgufKeys& keys) {
  const double theta = keys.number_or("rope.freq_base", 10000);
  Json scaling;
  const std::string type = keys.text_or("rope.scaling.type", "none");
  if (const GgufTensor* factors = keys.tensor(kGgufRopeFactors)) {
    scaling = rope_from_factors(keys, *factors, theta);
  } else if (type == "linear" || (type == "none" && keys.find("rope.scale_linear"))) {
    scaling = Json::Object{{"factor", type == "linear" ? keys.number("rope.scaling.factor")
                                                       : keys.number("rope.scale_linear")},
                           {"rope_type", "linear"}};
  } else if (type != "none") {
    refuse(keys.place("rope.scaling.type"),
           quote_text(type) + " is not supported; none, linear are");
  }
  // Under both of the names that versions of transformers use.
  Json parameters = scaling.is_null() ? Json(Json::Object{{"rope_type", "default"}}) : scaling;
  parameters.set("rope_theta", theta);
  config.set("rope_theta", theta);
  config.set("rope_scaling", std::move(scaling));
  config.set("rope_parameters", std::move(parameters));
}

Json llama_from_gguf(const GgufKeys& keys) {
  if (const GgufValue* experts = keys.find("expert_count"))
    if (experts->as_int64(keys.place("expert_count")) > 0)
      refuse(keys.place("expert_count"), "mixtures of experts are not supported");
  const int64_t embed = keys.integer("embedding_length"),
                heads = keys.integer("attention.head_count");
  const auto rotated = keys.integer_if_there("rope.dimension_count");
  const int64_t head =
      keys.integer_if_there("attention.key_length").value_or(rotated.value_or(embed / heads));
  if (rotated && *rotated != head)
    refuse(keys.place("rope.dimension_count"),
           "only " + std::to_string(*rotated) + " of the " + std::to_string(head) +
               " elements of a head rotate, which is not supported");
  Json config = Json::Object{
      {"architectures", Json::Array{"LlamaForCausalLM"}},
      {"model_type", "llama"},
      {"vocab_size", keys.vocabulary()},
      {"max_position_embeddings", keys.integer("context_length")},
      {"hidden_size", embed},
      {"num_hidden_layers", keys.integer("block_count")},
      {"intermediate_size", keys.integer("feed_forward_length")},
      {"num_attention_heads", heads},
      {"num_key_value_heads", keys.integer_if_there("attention.head_count_kv").value_or(heads)},
      {"head_dim", head},
      {"hidden_act", "silu"},
      {"rms_norm_eps", keys.number("attention.layer_norm_rms_epsilon")},
      {"tie_word_embeddings", keys.tensor("output.weight") == nullptr},
      {"attention_bias", keys.tensor("blk.0.attn_q.bias") != nullptr},
      {"mlp_bias", keys.tensor("blk.0.ffn_up.bias") != nullptr}};
  put_rope(config, keys);
  return config;
}

Json gpt2_from_gguf(const GgufKeys& keys) {
  return Json::Object{{"architectures", Json::Array{"GPT2LMHeadModel"}},
                      {"model_type", "gpt2"},
                      {"vocab_size", keys.vocabulary()},
                      {"n_positions", keys.integer("context_length")},
                      {"n_embd", keys.integer("embedding_length")},
                      {"n_layer", keys.integer("block_count")},
                      {"n_head", keys.integer("attention.head_count")},
                      {"n_inner", keys.integer("feed_forward_length")},
                      {"activation_function", "gelu_new"},
                      {"layer_norm_epsilon", keys.number("attention.layer_norm_epsilon")},
                      {"tie_word_embeddings", keys.tensor("output.weight") == nullptr}};
}

Json bert_from_gguf(const GgufKeys& keys) {
  return Json::Object{{"architectures", Json::Array{"BertModel"}},
                      {"model_type", "bert"},
                      {"vocab_size", keys.vocabulary()},
                      {"max_position_embeddings",
                       keys.rows("position_embd.weight").value_or(keys.integer("context_length"))},
                      {"hidden_size", keys.integer("embedding_length")},
                      {"num_hidden_layers", keys.integer("block_count")},
                      {"intermediate_size", keys.integer("feed_forward_length")},
                      {"num_attention_heads", keys.integer("attention.head_count")},
                      {"type_vocab_size", keys.rows("token_types.weight").value_or(2)},
                      {"hidden_act", "gelu"},
                      {"layer_norm_eps", keys.number("attention.layer_norm_epsilon")}};
}

// ---- to GGUF ----

class ConfigKeys {
 public:
  ConfigKeys(const Json& config, const std::string& where, GgufMetadataBuilder& metadata)
      : config_(config), where_(where), metadata_(metadata) {
    architecture_ = config.at("model_type", where).as_string(place("model_type"));
    if (!has_gguf_names(architecture_))
      refuse(place("model_type"), quote_text(architecture_) +
                                      " models cannot be written as GGUF; " + known_gguf_models() +
                                      " can");
    metadata_.add_string(kArchitecture, architecture_);
  }

  const std::string& architecture() const { return architecture_; }
  const std::string& where() const { return where_; }
  std::string place(std::string_view key) const { return where_ + ": " + quote_text(key); }

  // null counts as absent.
  const Json* find(std::string_view key) const {
    const Json* value = config_.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  uint32_t integer(std::string_view key) const {
    const int64_t value = config_.at(key, where_).as_int64(place(key));
    if (value <= 0 || value > std::numeric_limits<int32_t>::max())
      refuse(place(key), std::to_string(value) + " is no possible size");
    return static_cast<uint32_t>(value);
  }
  uint32_t integer_or(std::string_view key, uint32_t absent) const {
    return find(key) ? integer(key) : absent;
  }
  double number_or(std::string_view key, double absent) const {
    const Json* value = find(key);
    return value ? value->as_double(place(key)) : absent;
  }
  std::string text_or(std::string_view key, std::string_view absent) const {
    const Json* value = find(key);
    return value ? value->as_string(place(key)) : std::string(absent);
  }

  void put(std::string_view key, uint32_t value) { metadata_.add_uint32(full(key), value); }
  void put(std::string_view key, double value) {
    metadata_.add_float32(full(key), static_cast<float>(value));
  }
  void put(std::string_view key, bool value) { metadata_.add_bool(full(key), value); }
  void put(std::string_view key, std::string_view value) { metadata_.add_string(full(key), value); }

 private:
  std::string full(std::string_view key) const { return architecture_ + "." + std::string(key); }

  const Json& config_;
  const std::string& where_;
  GgufMetadataBuilder& metadata_;
  std::string architecture_;
};

// The object of scaling parameters, under its older or newer name; null where there is none.
const Json* rope_parameters(const ConfigKeys& keys) {
  const Json* scaling = keys.find("rope_scaling");
  return scaling ? scaling : keys.find("rope_parameters");
}

std::string rope_type(const Json& parameters, const std::string& where) {
  for (const char* key : {"rope_type", "type"})
    if (const Json* type = parameters.find(key)) return type->as_string(where + ": rope_type");
  return "default";
}

std::vector<ExtraGgufTensor> put_rope(ConfigKeys& keys, int64_t head) {
  const Json* parameters = rope_parameters(keys);
  const std::string where = keys.place("rope_scaling");
  double theta = keys.number_or("rope_theta", 10000);
  if (parameters)
    if (const Json* inner = parameters->find("rope_theta")) theta = inner->as_double(where);
  keys.put("rope.dimension_count", static_cast<uint32_t>(head));
  keys.put("rope.freq_base", theta);
  const std::string type = parameters ? rope_type(*parameters, where) : "default";
  if (type == "default") return {};
  if (type == "linear") {
    keys.put("rope.scaling.type", std::string_view("linear"));
    keys.put("rope.scaling.factor", parameters->at("factor", where).as_double(where));
    return {};
  }
  if (type != "llama3")
    refuse(where, "the rotary embedding type " + quote_text(type) +
                      " cannot be written as GGUF; default, linear and llama3 can");
  Llama3RopeScaling scaling;
  scaling.factor = parameters->at("factor", where).as_double(where);
  scaling.low_freq_factor = parameters->at("low_freq_factor", where).as_double(where);
  scaling.high_freq_factor = parameters->at("high_freq_factor", where).as_double(where);
  const Json* original = parameters->find("original_max_position_embeddings");
  scaling.original_context =
      original ? original->as_int64(where) : keys.integer("max_position_embeddings");
  if (scaling.original_context <= 0 ||
      scaling.original_context > std::numeric_limits<int32_t>::max())
    refuse(where, std::to_string(scaling.original_context) + " is no possible context");
  keys.put("rope.scaling.original_context_length", static_cast<uint32_t>(scaling.original_context));
  return {{std::string(kGgufRopeFactors), llama3_rope_factors(scaling, theta, head)}};
}

// GGUF has no key for the activation: an architecture has one. `names` are transformers' for it,
// the first its own where a configuration does not say.
void require_activation(const ConfigKeys& keys, std::string_view key,
                        std::initializer_list<std::string_view> names) {
  const std::string_view usual = *names.begin();
  const std::string name = keys.text_or(key, usual);
  if (std::ranges::find(names, name) != names.end()) return;
  refuse(keys.place(key), quote_text(name) + " is not what " + keys.architecture() +
                              " models in GGUF use; " + std::string(usual) + " is");
}

std::vector<ExtraGgufTensor> llama_to_gguf(ConfigKeys& keys) {
  const uint32_t embed = keys.integer("hidden_size"), heads = keys.integer("num_attention_heads");
  const uint32_t head = keys.integer_or("head_dim", embed / heads);
  require_activation(keys, "hidden_act", {"silu", "swish"});
  keys.put("vocab_size", keys.integer("vocab_size"));
  keys.put("context_length", keys.integer_or("max_position_embeddings", 2048));
  keys.put("embedding_length", embed);
  keys.put("block_count", keys.integer("num_hidden_layers"));
  keys.put("feed_forward_length", keys.integer("intermediate_size"));
  keys.put("attention.head_count", heads);
  keys.put("attention.head_count_kv", keys.integer_or("num_key_value_heads", heads));
  keys.put("attention.key_length", head);
  keys.put("attention.value_length", head);
  keys.put("attention.layer_norm_rms_epsilon", keys.number_or("rms_norm_eps", 1e-6));
  return put_rope(keys, head);
}

std::vector<ExtraGgufTensor> gpt2_to_gguf(ConfigKeys& keys) {
  require_activation(
      keys, "activation_function",
      {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh"});
  for (const auto& [key, usual] : {std::pair("scale_attn_weights", true),
                                   std::pair("scale_attn_by_inverse_layer_idx", false)}) {
    const Json* value = keys.find(key);
    if (value && value->as_bool(keys.place(key)) != usual)
      refuse(keys.place(key), "gpt2 models in GGUF do not scale attention this way");
  }
  const uint32_t embed = keys.integer("n_embd");
  keys.put("vocab_size", keys.integer("vocab_size"));
  keys.put("context_length", keys.integer_or("n_positions", 1024));
  keys.put("embedding_length", embed);
  keys.put("block_count", keys.integer("n_layer"));
  keys.put("feed_forward_length", keys.integer_or("n_inner", 4 * embed));
  keys.put("attention.head_count", keys.integer("n_head"));
  keys.put("attention.layer_norm_epsilon", keys.number_or("layer_norm_epsilon", 1e-5));
  return {};
}

std::vector<ExtraGgufTensor> bert_to_gguf(ConfigKeys& keys) {
  require_activation(keys, "hidden_act", {"gelu", "gelu_python"});
  keys.put("vocab_size", keys.integer("vocab_size"));
  keys.put("context_length", keys.integer("max_position_embeddings"));
  keys.put("embedding_length", keys.integer("hidden_size"));
  keys.put("block_count", keys.integer("num_hidden_layers"));
  keys.put("feed_forward_length", keys.integer("intermediate_size"));
  keys.put("attention.head_count", keys.integer("num_attention_heads"));
  keys.put("attention.layer_norm_epsilon", keys.number_or("layer_norm_eps", 1e-12));
  keys.put("attention.causal", false);
  keys.put("pooling_type", uint32_t{1});  // the mean, as sentence embeddings take it
  return {};
}

struct Architecture {
  std::string_view name;
  Json (*from_gguf)(const GgufKeys& keys);
  std::vector<ExtraGgufTensor> (*to_gguf)(ConfigKeys& keys);
};

constexpr Architecture kArchitectures[] = {
    {"llama", llama_from_gguf, llama_to_gguf},
    {"gpt2", gpt2_from_gguf, gpt2_to_gguf},
    {"bert", bert_from_gguf, bert_to_gguf},
};

const Architecture& architecture(std::string_view name) {
  for (const Architecture& row : kArchitectures)
    if (row.name == name) return row;
  throw Error(ErrorKind::kInternal, "architecture " + quote_text(name) + " has names but no keys");
}

}  // namespace

Json config_from_gguf(const GgufContents& gguf, const std::string& where) {
  const GgufKeys keys(gguf, where);
  Json config = architecture(keys.architecture()).from_gguf(keys);
  keys.put_token_ids(config);
  return config;
}

std::vector<ExtraGgufTensor> add_gguf_config(const Json& config, const std::string& where,
                                             GgufMetadataBuilder& metadata) {
  ConfigKeys keys(config, where, metadata);
  return architecture(keys.architecture()).to_gguf(keys);
}

}  // namespace lmos
