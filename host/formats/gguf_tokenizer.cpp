#include "formats/gguf_tokenizer.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "errors/error.h"
#include "formats/gguf_pre_tokenizers.h"
#include "formats/gguf_vocabulary.h"
#include "formats/json_text.h"
#include "llmasos/base64.hpp"
#include "llmasos/scored_merges.hpp"

namespace lmos {
namespace {

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581

Json typed(std::string_view type, Json::Object members = {}) {
  Json::Object object = {{"type", Json(type)}};
  for (JsonMember& member : members) object.push_back(std::move(member));
  return object;
}

Json sequence(std::string_view key, Json::Array parts) {
  return typed("Sequence", {{std::string(key), std::move(parts)}});
}

Json replace(std::string_view text, std::string_view content) {
  return typed("Replace",
               {{"pattern", Json::Object{{"String", Json(text)}}}, {"content", Json(content)}});
}

Json byte_level(bool use_regex) {
  return typed("ByteLevel",
               {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}});
}

Json::Object ids(const std::vector<std::string>& tokens) {
  Json::Object members;
  members.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) members.push_back({tokens[id], Json(id)});
  return members;
}

Json::Array ids_of(const GgufVocabulary& vocabulary, GgufTokenType type) {
  Json::Array list;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] == type) list.emplace_back(id);
  }
  return list;
}

// The types of the pieces, for models that go by them.
Json piece_types(const GgufVocabulary& vocabulary) {
  Json::Array control = ids_of(vocabulary, GgufTokenType::kControl);
  for (const Json& id : ids_of(vocabulary, GgufTokenType::kUnknown)) control.push_back(id);
  return Json::Object{{"control", std::move(control)},
                      {"unused", ids_of(vocabulary, GgufTokenType::kUnused)}};
}

// Control tokens and those of users, which are found in text before anything else.
Json::Array added_tokens(const GgufVocabulary& vocabulary) {
  Json::Array added;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const bool special = vocabulary.types[id] == GgufTokenType::kControl ||
                         vocabulary.unknown == static_cast<int64_t>(id);
    if (!special && vocabulary.types[id] != GgufTokenType::kUserDefined) continue;
    added.push_back(Json::Object{{"id", Json(id)},
                                 {"content", Json(vocabulary.tokens[id])},
                                 {"single_word", false},
                                 {"lstrip", false},
                                 {"rstrip", false},
                                 {"normalized", false},
                                 {"special", special}});
  }
  return added;
}

bool is_character(std::string_view text) {
  return std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }) == 1;
}

class TokenizerJson {
 public:
  TokenizerJson(const GgufVocabulary& vocabulary, const std::string& where)
      : vocabulary_(vocabulary), where_(where) {}

  std::string text() {
    if (vocabulary_.model == "gpt2") {
      byte_pairs();
    } else if (vocabulary_.model == "llama") {
      scored_byte_pairs();
    } else if (vocabulary_.model == "bert") {
      word_pieces();
    } else if (vocabulary_.model == "t5") {
      unigram();
    } else {
      fail("model",
           "'" + vocabulary_.model + "' is not supported; supported are gpt2, llama, bert and t5");
    }
    return compact_json(Json::Object{{"version", "1.0"},
                                     {"truncation", nullptr},
                                     {"padding", nullptr},
                                     {"added_tokens", added_tokens(vocabulary_)},
                                     {"normalizer", std::move(normalizer_)},
                                     {"pre_tokenizer", std::move(pre_tokenizer_)},
                                     {"post_processor", std::move(post_processor_)},
                                     {"decoder", std::move(decoder_)},
                                     {"model", std::move(model_)}});
  }

 private:
  [[noreturn]] void fail(std::string_view key, const std::string& problem) const {
    throw Error(ErrorKind::kInput,
                where_ + ": metadata \"tokenizer.ggml." + std::string(key) + "\": " + problem);
  }

  // A merge is "left right", two tokens that make a third. Given as a pair, since a left one may
  // be "#version", with which a merge in one text would pass for a comment.
  Json::Array read_merge(std::string_view merge, size_t index,
                         const std::unordered_set<std::string_view>& pieces) const {
    const std::string where = "element " + std::to_string(index) + ", '" + std::string(merge) + "'";
    const size_t space = merge.find(' ', 1);
    if (space == merge.npos || space + 1 == merge.size())
      fail("merges", where + ", is not two tokens with a space between");
    const std::string_view left = merge.substr(0, space), right = merge.substr(space + 1);
    const std::string merged = std::string(left) + std::string(right);
    for (const std::string_view piece : {left, right, std::string_view(merged)}) {
      if (!pieces.contains(piece))
        fail("merges", where + ": '" + std::string(piece) + "' is not one of the tokens");
    }
    return {Json(left), Json(right)};
  }

  void byte_pairs() {
    const GgufPreTokenizer* pre = find_gguf_pre_tokenizer(vocabulary_.pre);
    if (pre == nullptr)
      fail("pre",
           "'" + vocabulary_.pre + "' is not known; known are " + gguf_pre_tokenizer_names());
    Json::Array steps;
    for (const std::string_view pattern : pre->patterns) {
      steps.push_back(typed("Split", {{"pattern", Json::Object{{"Regex", Json(pattern)}}},
                                      {"behavior", "Isolated"},
                                      {"invert", false}}));
    }
    steps.push_back(byte_level(false));
    pre_tokenizer_ = sequence("pretokenizers", std::move(steps));
    if (vocabulary_.add_space_prefix.value_or(false))
      normalizer_ = typed("Prepend", {{"prepend", " "}});
    decoder_ = byte_level(true);
    Json::Array merges;
    const std::unordered_set<std::string_view> pieces(vocabulary_.tokens.begin(),
                                                      vocabulary_.tokens.end());
    for (const std::string_view merge : vocabulary_.merges)
      merges.push_back(read_merge(merge, merges.size(), pieces));
    model_ = typed("BPE", {{"unk_token", nullptr},
                           {"fuse_unk", false},
                           {"byte_fallback", false},
                           {"ignore_merges", pre->ignore_merges},
                           {"vocab", ids(vocabulary_.tokens)},
                           {"merges", std::move(merges)}});
    surround(pre->add_bos, false);
  }

  void scored_byte_pairs() {
    if (vocabulary_.scores.empty()) fail("scores", "is missing");
    space_as_symbol();
    Json::Array scores;
    for (const double score : vocabulary_.scores) scores.emplace_back(score);
    Json::Array merges = merges_by_score();
    model_ = typed("BPE", {{"unk_token", unknown_token()},
                           {"fuse_unk", true},
                           {"byte_fallback", true},
                           {"ignore_merges", false},
                           {"vocab", ids(vocabulary_.tokens)},
                           {"merges", std::move(merges)},
                           {"scores", std::move(scores)},
                           {"sentencepiece", piece_types(vocabulary_)}});
    surround(true, false);
  }

  // For programs that know nothing of scores.
  Json::Array merges_by_score() const {
    const std::vector<std::string>& tokens = vocabulary_.tokens;
    std::unordered_map<std::string_view, uint32_t> symbols;
    std::vector<sdk::ScoredToken> merged;
    for (uint32_t id = 0; id < tokens.size(); ++id) {
      const bool is_normal = vocabulary_.types[id] == GgufTokenType::kNormal;
      if (is_normal || is_character(tokens[id])) symbols.emplace(tokens[id], id);
      if (!is_normal) continue;
      if (tokens[id].size() > sdk::kScoredTokenLimitBytes)
        fail("tokens", "token " + std::to_string(id) + " has more than " +
                           std::to_string(sdk::kScoredTokenLimitBytes) + " bytes");
      merged.push_back({id, tokens[id], vocabulary_.scores[id]});
    }
    const auto symbol = [&](std::string_view text) -> std::optional<uint32_t> {
      const auto found = symbols.find(text);
      if (found == symbols.end()) return std::nullopt;
      return found->second;
    };
    Json::Array merges;
    for (const sdk::ScoredMerge& merge : sdk::scored_merges(merged, symbol))
      merges.push_back(Json::Array{tokens[merge.left], tokens[merge.right]});
    return merges;
  }

  void unigram() {
    if (vocabulary_.scores.empty()) fail("scores", "is missing");
    if (!vocabulary_.unknown) fail("unknown_token_id", "is missing");
    space_as_symbol();
    Json::Array pieces;
    for (size_t id = 0; id < vocabulary_.tokens.size(); ++id)
      pieces.push_back(Json::Array{vocabulary_.tokens[id], vocabulary_.scores[id]});
    const bool bytes = !ids_of(vocabulary_, GgufTokenType::kByte).empty();
    model_ = typed("Unigram", {{"unk_id", *vocabulary_.unknown},
                               {"vocab", std::move(pieces)},
                               {"byte_fallback", bytes},
                               {"sentencepiece", piece_types(vocabulary_)}});
    surround(false, true);
  }

  // What SentencePiece does around its models.
  void space_as_symbol() {
    const bool prefix = vocabulary_.add_space_prefix.value_or(true);
    const bool squeeze = vocabulary_.remove_extra_whitespaces.value_or(false);
    Json::Array steps;
    if (!vocabulary_.charsmap.empty()) {
      steps.push_back(typed("Precompiled",
                            {{"precompiled_charsmap", sdk::encode_base64(vocabulary_.charsmap)}}));
    }
    if (squeeze) {
      steps.push_back(typed("Strip", {{"strip_left", true}, {"strip_right", true}}));
      steps.push_back(
          typed("Replace", {{"pattern", Json::Object{{"Regex", " {2,}"}}}, {"content", " "}}));
    }
    if (prefix) steps.push_back(typed("Prepend", {{"prepend", Json(kSpaceSymbol)}}));
    steps.push_back(replace(" ", kSpaceSymbol));
    normalizer_ = sequence("normalizers", std::move(steps));
    normalizer_.set("sentencepiece", Json::Object{{"add_dummy_prefix", prefix},
                                                  {"remove_extra_whitespaces", squeeze},
                                                  {"escape_whitespaces", true}});
    Json::Array stages = {replace(kSpaceSymbol, " "), typed("ByteFallback"), typed("Fuse")};
    if (prefix) stages.push_back(typed("Strip", {{"content", " "}, {"start", 1}, {"stop", 0}}));
    decoder_ = sequence("decoders", std::move(stages));
  }

  // GGUF files have no "##": words begin with U+2581, and other tokens go on.
  void word_pieces() {
    std::vector<std::string> tokens;
    std::unordered_set<std::string> seen;
    bool lowercase = true;
    for (size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
      const std::string& token = vocabulary_.tokens[id];
      const bool named = vocabulary_.types[id] != GgufTokenType::kNormal ||
                         (token.starts_with('[') && token.ends_with(']') && token.size() > 2);
      const bool begins_word = token.starts_with(kSpaceSymbol);
      tokens.push_back(named         ? token
                       : begins_word ? token.substr(kSpaceSymbol.size())
                                     : "##" + token);
      if (!seen.insert(tokens.back()).second)
        fail("tokens", "'" + tokens.back() + "' would be there twice; the second has id " +
                           std::to_string(id));
      if (begins_word && std::ranges::any_of(token, [](char c) { return c >= 'A' && c <= 'Z'; }))
        lowercase = false;
    }
    normalizer_ = typed("BertNormalizer", {{"clean_text", true},
                                           {"handle_chinese_chars", true},
                                           {"strip_accents", nullptr},
                                           {"lowercase", lowercase}});
    pre_tokenizer_ = typed("BertPreTokenizer");
    decoder_ = typed("WordPiece", {{"prefix", "##"}, {"cleanup", true}});
    model_ = typed("WordPiece", {{"unk_token", unknown_token()},
                                 {"continuing_subword_prefix", "##"},
                                 {"max_input_chars_per_word", 100},
                                 {"vocab", ids(tokens)}});
    surround(vocabulary_.cls ? vocabulary_.cls : vocabulary_.bos,
             vocabulary_.separator ? vocabulary_.separator : vocabulary_.eos, false);
  }

  Json unknown_token() const {
    if (!vocabulary_.unknown) return nullptr;
    return vocabulary_.tokens[static_cast<size_t>(*vocabulary_.unknown)];
  }

  // The tokens around texts, as the file says or else as this kind of file has them.
  void surround(bool bos, bool eos) {
    surround(vocabulary_.add_bos.value_or(bos) ? vocabulary_.bos : std::nullopt,
             vocabulary_.add_eos.value_or(eos) ? vocabulary_.eos : std::nullopt, true);
  }

  // `each`: the first also before the second text of a pair.
  void surround(std::optional<int64_t> first, std::optional<int64_t> last, bool each) {
    if (!first && !last) return;
    Json::Object tokens;
    const auto special = [&](std::optional<int64_t> id, int type, Json::Array& list) {
      if (!id) return;
      const std::string& text = vocabulary_.tokens[static_cast<size_t>(*id)];
      list.push_back(Json::Object{{"SpecialToken", Json::Object{{"id", text}, {"type_id", type}}}});
    };
    const auto text = [](const char* name, int type) {
      return Json::Object{{"Sequence", Json::Object{{"id", name}, {"type_id", type}}}};
    };
    for (const std::optional<int64_t>& id : {first, last}) {
      if (!id || (id == last && first == last && !tokens.empty())) continue;
      const std::string& name = vocabulary_.tokens[static_cast<size_t>(*id)];
      tokens.push_back(
          {name,
           Json::Object{{"id", name}, {"ids", Json::Array{*id}}, {"tokens", Json::Array{name}}}});
    }
    Json::Array single, pair;
    for (Json::Array* list : {&single, &pair}) {
      special(first, 0, *list);
      list->push_back(text("A", 0));
      special(last, 0, *list);
    }
    if (each) special(first, 1, pair);
    pair.push_back(text("B", 1));
    special(last, 1, pair);
    post_processor_ = typed("TemplateProcessing", {{"single", std::move(single)},
                                                   {"pair", std::move(pair)},
                                                   {"special_tokens", std::move(tokens)}});
  }

  const GgufVocabulary& vocabulary_;
  const std::string& where_;
  Json normalizer_, pre_tokenizer_, post_processor_, decoder_, model_;
};

}  // namespace

std::string tokenizer_json_from_gguf(const GgufMetadata& metadata, const std::string& where) {
  return TokenizerJson(GgufVocabulary(metadata, where), where).text();
}

}  // namespace lmos
