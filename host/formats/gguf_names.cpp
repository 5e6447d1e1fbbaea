#include "formats/gguf_names.h"

#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "errors/error.h"
#include "formats/quote.h"

namespace lmos {
namespace {

enum class Layout {
  kSame,
  kQuery,      // llama: rows reordered within each head
  kKey,        // the same with the key-value heads
  kTransposed  // a matrix; its bias stays
};

// Names without ".weight" and ".bias"; "{}" stands for the number of a block.
struct NameRow {
  std::string_view gguf, hugging_face;
  Layout layout = Layout::kSame;
  bool in_base = true;  // behind the prefix of the base model
};

struct NameTable {
  std::string_view model_type;
  // Of the base model inside of a model with a head: what is written, and what may be there.
  std::string_view prefix, read_prefix;
  std::string_view heads, kv_heads;  // keys of config.json
  std::span<const NameRow> rows;
};

constexpr NameRow kLlama[] = {
    {"token_embd", "embed_tokens"},
    {"output_norm", "norm"},
    {"output", "lm_head", Layout::kSame, false},
    {"blk.{}.attn_norm", "layers.{}.input_layernorm"},
    {"blk.{}.attn_q", "layers.{}.self_attn.q_proj", Layout::kQuery},
    {"blk.{}.attn_k", "layers.{}.self_attn.k_proj", Layout::kKey},
    {"blk.{}.attn_v", "layers.{}.self_attn.v_proj"},
    {"blk.{}.attn_output", "layers.{}.self_attn.o_proj"},
    {"blk.{}.ffn_norm", "layers.{}.post_attention_layernorm"},
    {"blk.{}.ffn_gate", "layers.{}.mlp.gate_proj"},
    {"blk.{}.ffn_up", "layers.{}.mlp.up_proj"},
    {"blk.{}.ffn_down", "layers.{}.mlp.down_proj"},
};

constexpr NameRow kGpt2[] = {
    {"token_embd", "wte"},
    {"position_embd", "wpe"},
    {"output_norm", "ln_f"},
    {"output", "lm_head", Layout::kSame, false},
    {"blk.{}.attn_norm", "h.{}.ln_1"},
    {"blk.{}.attn_qkv", "h.{}.attn.c_attn", Layout::kTransposed},
    {"blk.{}.attn_output", "h.{}.attn.c_proj", Layout::kTransposed},
    {"blk.{}.ffn_norm", "h.{}.ln_2"},
    {"blk.{}.ffn_up", "h.{}.mlp.c_fc", Layout::kTransposed},
    {"blk.{}.ffn_down", "h.{}.mlp.c_proj", Layout::kTransposed},
};

constexpr NameRow kBert[] = {
    {"token_embd", "embeddings.word_embeddings"},
    {"token_types", "embeddings.token_type_embeddings"},
    {"position_embd", "embeddings.position_embeddings"},
    {"token_embd_norm", "embeddings.LayerNorm"},
    {"blk.{}.attn_q", "encoder.layer.{}.attention.self.query"},
    {"blk.{}.attn_k", "encoder.layer.{}.attention.self.key"},
    {"blk.{}.attn_v", "encoder.layer.{}.attention.self.value"},
    {"blk.{}.attn_output", "encoder.layer.{}.attention.output.dense"},
    {"blk.{}.attn_output_norm", "encoder.layer.{}.attention.output.LayerNorm"},
    {"blk.{}.ffn_up", "encoder.layer.{}.intermediate.dense"},
    {"blk.{}.ffn_down", "encoder.layer.{}.output.dense"},
    {"blk.{}.layer_output_norm", "encoder.layer.{}.output.LayerNorm"},
};

constexpr NameTable kTables[] = {
    {"llama", "model.", "model.", "num_attention_heads", "num_key_value_heads", kLlama},
    {"gpt2", "transformer.", "transformer.", "n_head", "n_head", kGpt2},
    // GGUF holds the bare encoder, whose tensors have no prefix in Hugging Face's files.
    {"bert", "", "bert.", "num_attention_heads", "num_attention_heads", kBert},
};

const NameTable* find_table(std::string_view model_type) {
  for (const NameTable& table : kTables)
    if (table.model_type == model_type) return &table;
  return nullptr;
}

const NameTable& table_of(const Json& config, const std::string& where) {
  const std::string& type = config.at("model_type", where).as_string(where + ": \"model_type\"");
  if (const NameTable* table = find_table(type)) return *table;
  throw Error(ErrorKind::kInput, where + ": the tensors of " + quote_text(type) +
                                     " models have no known names in GGUF; known are those of " +
                                     known_gguf_models());
}

// `pattern` with its "{}" matched by the digits in `name`, which are appended to `number`.
bool matches(std::string_view pattern, std::string_view name, std::string& number) {
  const size_t hole = pattern.find("{}");
  if (hole == pattern.npos) return pattern == name;
  const std::string_view before = pattern.substr(0, hole), after = pattern.substr(hole + 2);
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) ||
      !name.ends_with(after))
    return false;
  const std::string_view digits =
      name.substr(before.size(), name.size() - before.size() - after.size());
  if (digits.find_first_not_of("0123456789") != digits.npos) return false;
  number = digits;
  return true;
}

std::string filled(std::string_view pattern, const std::string& number) {
  const size_t hole = pattern.find("{}");
  if (hole == pattern.npos) return std::string(pattern);
  return std::string(pattern.substr(0, hole)) + number + std::string(pattern.substr(hole + 2));
}

struct Renamed {
  std::string name;
  Layout layout;
};

// "x.weight" -> {"x", ".weight"}
std::pair<std::string_view, std::string_view> split_suffix(std::string_view name) {
  for (const std::string_view suffix : {".weight", ".bias"})
    if (name.ends_with(suffix)) return {name.substr(0, name.size() - suffix.size()), suffix};
  return {name, {}};
}

std::optional<Renamed> to_hugging_face(const NameTable& table, std::string_view name) {
  const auto [stem, suffix] = split_suffix(name);
  std::string number;
  for (const NameRow& row : table.rows) {
    if (suffix.empty() || !matches(row.gguf, stem, number)) continue;
    const std::string_view prefix = row.in_base ? table.prefix : std::string_view();
    return Renamed{std::string(prefix) + filled(row.hugging_face, number) + std::string(suffix),
                   row.layout};
  }
  return std::nullopt;
}

std::optional<Renamed> to_gguf(const NameTable& table, std::string_view name) {
  auto [stem, suffix] = split_suffix(name);
  if (stem.starts_with(table.read_prefix)) stem.remove_prefix(table.read_prefix.size());
  std::string number;
  for (const NameRow& row : table.rows) {
    if (suffix.empty() || !matches(row.hugging_face, stem, number)) continue;
    return Renamed{filled(row.gguf, number) + std::string(suffix), row.layout};
  }
  return std::nullopt;
}

// [heads, 2, half, columns] of Hugging Face <-> [heads, half, 2, columns] of ggml.
StoredTensor reorder_heads(const StoredTensor& tensor, int64_t heads, bool into_gguf,
                           const std::string& place) {
  // Without axes a tensor is one number, not none.
  const int64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  if (heads <= 0 || rows % (2 * heads) != 0)
    throw Error(ErrorKind::kInput, place + ": its shape " + shape_text(tensor.shape) +
                                       " does not divide into " + std::to_string(heads) +
                                       " heads of an even size");
  const int64_t half = rows / heads / 2;
  const int64_t columns = rows == 0 ? 0 : tensor.elements() / rows;
  const std::array<int64_t, 4> axes = into_gguf ? std::array<int64_t, 4>{heads, 2, half, columns}
                                                : std::array<int64_t, 4>{heads, half, 2, columns};
  constexpr std::array<size_t, 4> kOrder = {0, 2, 1, 3};
  return permuted(tensor, axes, kOrder, tensor.shape);
}

StoredTensor transposed(const StoredTensor& tensor) {
  constexpr std::array<size_t, 2> kOrder = {1, 0};
  return permuted(tensor, tensor.shape, kOrder, {tensor.shape[1], tensor.shape[0]});
}

StoredTensor laid_out(const StoredTensor& tensor, Layout layout, const NameTable& table,
                      const Json& config, bool into_gguf, const std::string& where,
                      const std::string& place) {
  const auto heads = [&](std::string_view key) {
    const Json* value = config.find(key);
    if (!value || value->is_null()) value = &config.at(table.heads, where);
    return value->as_int64(where + ": " + quote_text(key));
  };
  switch (layout) {
    case Layout::kQuery:
      return reorder_heads(tensor, heads(table.heads), into_gguf, place);
    case Layout::kKey:
      return reorder_heads(tensor, heads(table.kv_heads), into_gguf, place);
    case Layout::kTransposed:
      return tensor.shape.size() == 2 ? transposed(tensor) : tensor;
    default:
      return tensor;
  }
}

template <typename Rename>
RenamedTensors rename_all(const StoredTensors& source, const Json& config, bool into_gguf,
                          const std::string& where, Rename rename) {
  const NameTable& table = table_of(config, where);
  RenamedTensors result;
  for (const auto& [name, tensor] : source) {
    const std::string place = where + ": tensor " + quote_text(name);
    const std::optional<Renamed> renamed = rename(table, name);
    if (!renamed) {
      result.left_out.push_back(name);
      continue;
    }
    // A tensor that is a strided view already, as .pt files may hold, cannot be permuted further.
    if (renamed->layout != Layout::kSame && !tensor.walk.empty())
      throw Error(ErrorKind::kInput, place + " is a strided view; save it with .contiguous()");
    result.tensors.emplace(
        renamed->name, laid_out(tensor, renamed->layout, table, config, into_gguf, where, place));
  }
  return result;
}

}  // namespace

bool has_gguf_names(std::string_view model_type) { return find_table(model_type) != nullptr; }

std::string known_gguf_models() {
  std::string names;
  for (const NameTable& table : kTables)
    names += (names.empty() ? "" : ", ") + std::string(table.model_type);
  return names;
}

RenamedTensors hugging_face_names(const StoredTensors& gguf, const Json& config,
                                  const std::string& where) {
  return rename_all(gguf, config, false, where, to_hugging_face);
}

RenamedTensors gguf_names(const StoredTensors& hugging_face, const Json& config,
                          const std::string& where) {
  return rename_all(hugging_face, config, true, where, to_gguf);
}

}  // namespace lmos
