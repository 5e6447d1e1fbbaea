#include "tokenizer_core/formats/json_parts.h"

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

void append_text(json::array& pieces, std::string_view sequence, int type_id,
                 const std::vector<SpecialToken>& before, const std::vector<SpecialToken>& after) {
  const auto special = [&](const SpecialToken& token) {
    pieces.push_back(json::object{{"SpecialToken", {{"id", token.content}, {"type_id", type_id}}}});
  };
  for (const SpecialToken& token : before) special(token);
  pieces.push_back(json::object{{"Sequence", {{"id", sequence}, {"type_id", type_id}}}});
  for (const SpecialToken& token : after) special(token);
}

}  // namespace

json::value tokenizer_json(TokenizerJsonParts parts) {
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", std::move(parts.added_tokens)},
          {"normalizer", std::move(parts.normalizer)},
          {"pre_tokenizer", std::move(parts.pre_tokenizer)},
          {"post_processor", std::move(parts.post_processor)},
          {"decoder", std::move(parts.decoder)},
          {"model", std::move(parts.model)}};
}

json::object to_json(const ConfiguredToken& token) {
  return {{"id", token.id},          {"content", token.content}, {"single_word", token.single_word},
          {"lstrip", token.lstrip},  {"rstrip", token.rstrip},   {"normalized", token.normalized},
          {"special", token.special}};
}

json::object added_token_json(size_t id, std::string_view content, bool special) {
  return to_json({.id = id, .content = std::string(content), .special = special});
}

json::value byte_level_json(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

json::value byte_level_split(std::string_view pattern) {
  json::value split = {{"type", "Split"},
                       {"pattern", {{"Regex", pattern}}},
                       {"behavior", "Isolated"},
                       {"invert", false}};
  return {{"type", "Sequence"},
          {"pretokenizers", json::array{std::move(split), byte_level_json(false, false)}}};
}

std::vector<SpecialToken> boundary_token(bool wanted, const std::optional<std::string>& content,
                                         const json::array& added_tokens) {
  if (!wanted) return {};
  for (const json::value& token : added_tokens) {
    if (content && token.at("content").as_string() == *content)
      return {{token.at("id").to_number<size_t>(), *content}};
  }
  throw TokenizerError("tokenizer_config.json asks for a token around texts, '" +
                       content.value_or("(not named)") + "', that is none of the added tokens");
}

namespace {

json::value template_of(const std::vector<SpecialToken>& before,
                        const std::vector<SpecialToken>& after,
                        const std::vector<SpecialToken>& before_second) {
  if (before.empty() && after.empty()) return nullptr;
  json::array single, pair;
  append_text(single, "A", 0, before, after);
  append_text(pair, "A", 0, before, after);
  append_text(pair, "B", 1, before_second, after);
  json::object tokens;
  for (const std::vector<SpecialToken>* list : {&before, &after}) {
    for (const SpecialToken& token : *list) {
      tokens[token.content] = {{"id", token.content},
                               {"ids", json::array{token.id}},
                               {"tokens", json::array{json::string(token.content)}}};
    }
  }
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

}  // namespace

json::value template_json(const std::vector<SpecialToken>& before,
                          const std::vector<SpecialToken>& after) {
  return template_of(before, after, before);
}

json::value pair_template_json(const std::vector<SpecialToken>& before,
                               const std::vector<SpecialToken>& after) {
  return template_of(before, after, {});
}

}  // namespace lmos::tokenizer
