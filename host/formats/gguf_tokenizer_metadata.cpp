#include "formats/gguf_tokenizer_metadata.h"

#include <algorithm>
#include <unordered_map>

#include "errors/error.h"
#include "formats/gguf_pre_tokenizers.h"
#include "formats/gguf_vocabulary.h"
#include "formats/quote.h"
#include "llmasos/base64.hpp"

namespace lmos {
namespace {

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581
constexpr std::string_view kPrefix = "tokenizer.ggml.";
// Of tokens that no merge makes, which llama.cpp would otherwise prefer.
constexpr float kNeverMerged = -1e9f;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

std::string_view type_of(const Json* part) {
  const Json* type = part ? part->find("type") : nullptr;
  return type && type->is_string() ? std::string_view(type->as_string("")) : std::string_view();
}

// The steps of a component: those of a sequence, or itself.
std::vector<const Json*> steps_of(const Json* component, std::string_view list) {
  if (!component || component->is_null()) return {};
  const Json* inner = component->find(list);
  if (type_of(component) != "Sequence" || !inner || !inner->is_array()) return {component};
  std::vector<const Json*> steps;
  for (const Json& step : inner->as_array("")) steps.push_back(&step);
  return steps;
}

const Json* find_step(const std::vector<const Json*>& steps, std::string_view type) {
  const auto step = std::ranges::find_if(steps, [&](const Json* s) { return type_of(s) == type; });
  return step == steps.end() ? nullptr : *step;
}

bool flag(const Json* object, std::string_view key, bool absent) {
  const Json* value = object ? object->find(key) : nullptr;
  return value && value->is_bool() ? value->as_bool("") : absent;
}

class TokenizerMetadata {
 public:
  TokenizerMetadata(const Json& tokenizer, const Json& config, const std::string& where,
                    GgufMetadataBuilder& metadata)
      : tokenizer_(tokenizer),
        config_(config),
        where_(where),
        metadata_(metadata),
        model_(tokenizer.at("model", where)),
        normalizers_(steps_of(tokenizer.find("normalizer"), "normalizers")),
        pre_tokenizers_(steps_of(tokenizer.find("pre_tokenizer"), "pretokenizers")) {}

  std::optional<std::string> add() {
    const std::string_view type = type_of(&model_);
    read_tokens(type);
    if (type == "BPE" && find_step(pre_tokenizers_, "ByteLevel")) return add_byte_pairs();
    if (type == "BPE" && flag(&model_, "byte_fallback", false)) return add_scored_byte_pairs();
    if (type == "WordPiece") return add_word_pieces();
    if (type == "Unigram") return add_unigram();
    return "GGUF has no tokenizers of kind " + quote_text(type.empty() ? "?" : type) +
           " that work as this one does";
  }

 private:
  // ---- reading ----

  void read_tokens(std::string_view type) {
    const std::string place = where_ + ": model.vocab";
    const int64_t size = config_.at("vocab_size", where_).as_int64("config.json: \"vocab_size\"");
    const Json& vocab = model_.at("vocab", where_ + ": model");
    const size_t held =
        vocab.is_array() ? vocab.as_array(place).size() : vocab.as_object(place).size();
    // The vocabulary of a model bounds what is allocated, and the file bounds that.
    if (size <= 0 || static_cast<uint64_t>(size) > 2 * held + 65536)
      refuse(where_,
             std::to_string(held) + " tokens are too few for a model of " + std::to_string(size));
    tokens_.resize(static_cast<size_t>(size));
    types_.assign(tokens_.size(), static_cast<int32_t>(GgufTokenType::kUnused));
    scores_.assign(tokens_.size(), 0);
    if (type == "Unigram") {
      int64_t id = 0;
      for (const Json& piece : vocab.as_array(place)) {
        const Json::Array& pair = piece.as_array(place);
        if (pair.size() != 2) refuse(place, "a piece must be [text, score]");
        put(id, pair[0].as_string(place), GgufTokenType::kNormal);
        scores_[static_cast<size_t>(id++)] = static_cast<float>(pair[1].as_double(place));
      }
    } else {
      for (const JsonMember& member : vocab.as_object(place))
        put(member.value.as_int64(place), member.key, GgufTokenType::kNormal);
    }
    read_added_tokens();
    for (size_t id = 0; id < tokens_.size(); ++id)
      if (tokens_[id].empty()) tokens_[id] = "[PAD" + std::to_string(id) + "]";
  }

  void read_added_tokens() {
    const Json* added = tokenizer_.find("added_tokens");
    if (!added || added->is_null()) return;
    const std::string place = where_ + ": added_tokens";
    for (const Json& token : added->as_array(place)) {
      put(token.at("id", place).as_int64(place), token.at("content", place).as_string(place),
          flag(&token, "special", false) ? GgufTokenType::kControl : GgufTokenType::kUserDefined);
    }
  }

  void put(int64_t id, const std::string& token, GgufTokenType type) {
    if (id < 0 || static_cast<uint64_t>(id) >= tokens_.size())
      refuse(where_, "token " + quote_text(token) + " has id " + std::to_string(id) +
                         ", but the model has " + std::to_string(tokens_.size()) + " tokens");
    tokens_[static_cast<size_t>(id)] = token;
    types_[static_cast<size_t>(id)] = static_cast<int32_t>(type);
    ids_[token] = id;
  }

  std::optional<int64_t> id_of(std::string_view token) const {
    const auto found = ids_.find(std::string(token));
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  // Left and right of every merge, in order.
  std::vector<std::pair<std::string, std::string>> merges() const {
    const std::string place = where_ + ": model.merges";
    std::vector<std::pair<std::string, std::string>> all;
    for (const Json& merge : model_.at("merges", where_ + ": model").as_array(place)) {
      if (merge.is_array()) {
        const Json::Array& pair = merge.as_array(place);
        if (pair.size() != 2) refuse(place, "a merge must have two parts");
        all.emplace_back(pair[0].as_string(place), pair[1].as_string(place));
      } else {
        const std::string& text = merge.as_string(place);
        const size_t space = text.find(' ', 1);
        if (space == text.npos) refuse(place, "a merge must have two parts");
        all.emplace_back(text.substr(0, space), text.substr(space + 1));
      }
    }
    return all;
  }

  // The regular expressions that split a text before byte-level BPE; nothing for other ways.
  std::optional<std::vector<std::string>> split_patterns() const {
    std::vector<std::string> patterns;
    for (const Json* step : pre_tokenizers_) {
      const std::string_view type = type_of(step);
      if (type == "Split") {
        const Json* pattern = step->find("pattern");
        const Json* regex = pattern ? pattern->find("Regex") : nullptr;
        if (!regex || !regex->is_string() || flag(step, "invert", false)) return std::nullopt;
        patterns.push_back(regex->as_string(""));
      } else if (type == "Digits" && flag(step, "individual_digits", false)) {
        patterns.emplace_back(R"(\p{N})");
      } else if (type == "ByteLevel") {
        if (!flag(step, "use_regex", true)) continue;
        patterns.emplace_back(find_gguf_pre_tokenizer("gpt-2")->patterns.front());
      } else {
        return std::nullopt;
      }
    }
    return patterns;
  }

  // ---- writing ----

  std::string key(std::string_view name) const { return std::string(kPrefix) + std::string(name); }

  void put_id(std::string_view name, std::optional<int64_t> id) {
    const std::string full = key(std::string(name) + "_token_id");
    if (id && *id >= 0 && static_cast<uint64_t>(*id) < tokens_.size() && !metadata_.contains(full))
      metadata_.add_uint32(full, static_cast<uint32_t>(*id));
  }

  std::optional<int64_t> configured(std::string_view name) const {
    const Json* id = config_.find(std::string(name) + "_token_id");
    if (id && id->is_array() && !id->as_array("").empty()) id = &id->as_array("").front();
    return id && id->is_int64() ? std::optional(id->as_int64("")) : std::nullopt;
  }

  std::optional<int64_t> unknown() const {
    if (const Json* id = model_.find("unk_id"); id && id->is_int64()) return id->as_int64("");
    const Json* token = model_.find("unk_token");
    return token && token->is_string() ? id_of(token->as_string("")) : std::nullopt;
  }

  // The special token that the post-processor puts before or behind a text.
  std::optional<int64_t> surrounding(bool behind) const {
    const auto steps = steps_of(tokenizer_.find("post_processor"), "processors");
    const Json* step = find_step(steps, "TemplateProcessing");
    const Json* single = step ? step->find("single") : nullptr;
    if (!single || !single->is_array() || single->as_array("").empty()) return std::nullopt;
    const Json::Array& items = single->as_array("");
    const Json* special = (behind ? items.back() : items.front()).find("SpecialToken");
    const Json* id = special ? special->find("id") : nullptr;
    return id && id->is_string() ? id_of(id->as_string("")) : std::nullopt;
  }

  void put_tokens(std::string_view kind, std::string_view pre) {
    metadata_.add_string(key("model"), kind);
    metadata_.add_string(key("pre"), pre);
    metadata_.add_strings(key("tokens"), tokens_);
    metadata_.add_int32s(key("token_type"), types_);
  }

  void put_special_ids() {
    const std::optional<int64_t> before = surrounding(false), behind = surrounding(true);
    put_id("bos", before ? before : configured("bos"));
    put_id("eos", behind ? behind : configured("eos"));
    put_id("padding", configured("pad"));
    put_id("unknown", unknown());
    metadata_.add_bool(key("add_bos_token"), before.has_value());
    metadata_.add_bool(key("add_eos_token"), behind.has_value());
  }

  std::optional<std::string> add_byte_pairs() {
    const auto patterns = split_patterns();
    const GgufPreTokenizer* pre = patterns ? find_gguf_pre_tokenizer(*patterns) : nullptr;
    if (pre == nullptr)
      return "llama.cpp knows no pre-tokenizer that splits text as this tokenizer does";
    put_tokens("gpt2", pre->names.front());
    std::vector<std::string> all;
    for (const auto& [left, right] : merges()) all.push_back(left + " " + right);
    metadata_.add_strings(key("merges"), all);
    put_special_ids();
    return std::nullopt;
  }

  // <0x00> to <0xFF>
  void mark_bytes() {
    for (size_t id = 0; id < tokens_.size(); ++id)
      if (tokens_[id].size() == 6 && tokens_[id].starts_with("<0x") && tokens_[id].ends_with('>'))
        types_[id] = static_cast<int32_t>(GgufTokenType::kByte);
  }
  void mark_unknown() {
    if (const auto id = unknown(); id && static_cast<uint64_t>(*id) < types_.size())
      types_[static_cast<size_t>(*id)] = static_cast<int32_t>(GgufTokenType::kUnknown);
  }

  // llama.cpp merges the pair whose token has the highest score first.
  void score_by_merges() {
    std::ranges::fill(scores_, 0.0f);
    for (size_t id = 0; id < tokens_.size(); ++id)
      if (types_[id] == static_cast<int32_t>(GgufTokenType::kNormal)) scores_[id] = kNeverMerged;
    float rank = 0;
    for (const auto& [left, right] : merges()) {
      rank += 1;
      const auto id = id_of(left + right);
      if (!id) refuse(where_ + ": model.merges", quote_text(left + right) + " is no token");
      float& score = scores_[static_cast<size_t>(*id)];
      if (score == kNeverMerged) score = -rank;
    }
  }

  void put_space_symbol() {
    const Json* metaspace = find_step(pre_tokenizers_, "Metaspace");
    const bool prefix = find_step(normalizers_, "Prepend") ||
                        flag(metaspace, "add_prefix_space", metaspace != nullptr);
    metadata_.add_bool(key("add_space_prefix"), prefix);
  }

  std::optional<std::string> add_scored_byte_pairs() {
    if (const Json* scores = model_.find("scores")) {
      const std::string place = where_ + ": model.scores";
      const Json::Array& all = scores->as_array(place);
      if (all.size() > scores_.size()) refuse(place, "more scores than tokens");
      for (size_t id = 0; id < all.size(); ++id)
        scores_[id] = static_cast<float>(all[id].as_double(place));
    } else {
      score_by_merges();
    }
    mark_bytes();
    mark_unknown();
    put_tokens("llama", "default");
    metadata_.add_float32s(key("scores"), scores_);
    put_space_symbol();
    put_special_ids();
    return std::nullopt;
  }

  std::optional<std::string> add_unigram() {
    if (const Json* map = find_step(normalizers_, "Precompiled")) {
      const std::string place = where_ + ": normalizer";
      const auto bytes = sdk::decode_base64(
          map->at("precompiled_charsmap", place).as_string(place + ".precompiled_charsmap"));
      if (!bytes) refuse(place, "precompiled_charsmap is not base64");
      metadata_.add_bytes(key("precompiled_charsmap"), *bytes);
    }
    mark_bytes();
    mark_unknown();
    put_tokens("t5", "default");
    metadata_.add_float32s(key("scores"), scores_);
    put_space_symbol();
    put_special_ids();
    return std::nullopt;
  }

  // Words begin with U+2581, and what goes on has no "##".
  std::optional<std::string> add_word_pieces() {
    for (size_t id = 0; id < tokens_.size(); ++id) {
      if (types_[id] != static_cast<int32_t>(GgufTokenType::kNormal)) continue;
      std::string& token = tokens_[id];
      if (token.starts_with('[') && token.ends_with(']') && token.size() > 2) continue;
      token = token.starts_with("##") ? token.substr(2) : std::string(kSpaceSymbol) + token;
    }
    put_tokens("bert", "default");
    put_id("bos", id_of("[CLS]"));
    put_id("eos", id_of("[SEP]"));
    put_id("cls", id_of("[CLS]"));
    put_id("seperator", id_of("[SEP]"));  // llama.cpp's spelling
    put_id("padding", id_of("[PAD]"));
    put_id("mask", id_of("[MASK]"));
    put_id("unknown", unknown());
    const Json* types = config_.find("type_vocab_size");
    metadata_.add_uint32(key("token_type_count"), types && types->is_int64()
                                                      ? static_cast<uint32_t>(types->as_int64(""))
                                                      : 2);
    return std::nullopt;
  }

  const Json& tokenizer_;
  const Json& config_;
  const std::string& where_;
  GgufMetadataBuilder& metadata_;
  const Json& model_;
  std::vector<const Json*> normalizers_, pre_tokenizers_;
  std::vector<std::string> tokens_;
  std::vector<int32_t> types_;
  std::vector<float> scores_;
  std::unordered_map<std::string, int64_t> ids_;
};

}  // namespace

std::optional<std::string> add_gguf_tokenizer(const Json& tokenizer, const Json& config,
                                              const std::string& where,
                                              GgufMetadataBuilder& metadata) {
  return TokenizerMetadata(tokenizer, config, where, metadata).add();
}

}  // namespace lmos
