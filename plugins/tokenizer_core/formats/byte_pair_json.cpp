#include "tokenizer_core/formats/byte_pair_json.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/json_parts.h"
#include "tokenizer_core/formats/known_byte_pair_vocabularies.h"
#include "tokenizer_core/formats/lines.h"
#include "tokenizer_core/json/parse.h"
#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

enum class Family { kGpt2, kRoberta, kClip, kQwen };

constexpr std::string_view kClipPattern =
    R"(<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";

Family family_of(const json::object& ids, const TokenizerConfig& config) {
  const std::string& name = config.tokenizer_class;
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (is_one_of({"CLIPTokenizer"})) return Family::kClip;
  if (is_one_of({"Qwen2Tokenizer"})) return Family::kQwen;
  if (is_one_of({"RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer"}))
    return Family::kRoberta;
  if (!name.empty()) return Family::kGpt2;
  if (ids.contains("a</w>")) return Family::kClip;
  if (ids.contains("<s>") && ids.contains("</s>") && ids.contains("<mask>"))
    return Family::kRoberta;
  return Family::kGpt2;
}

// Two symbols a line, which the vocabulary has, as it has what they merge to.
json::array read_merges(std::string_view file, const Vocabulary& vocabulary) {
  json::array merges;
  std::string merged;
  Lines lines(file);
  while (const std::optional<std::string_view> line = lines.next()) {
    if (line->empty() || line->starts_with("#version")) continue;
    const auto fail = [&](const std::string& problem) {
      throw TokenizerError("merges.txt: line " + std::to_string(lines.number()) + ": " + problem);
    };
    if (find_invalid_utf8(*line) != line->npos) fail("not valid UTF-8");
    const size_t space = line->find(' ');
    if (space == line->npos || space == 0 || space + 1 == line->size() ||
        line->find(' ', space + 1) != line->npos)
      fail("expected two symbols with a space between them");
    merged.assign(*line).erase(space, 1);
    for (const std::string_view symbol :
         {line->substr(0, space), line->substr(space + 1), std::string_view(merged)}) {
      if (vocabulary.find(symbol) == kNoToken)
        fail("the symbol '" + std::string(symbol) + "' is not in the vocabulary");
    }
    merges.push_back(json::string(*line));
  }
  return merges;
}

// Of the configuration, or those of the names that the vocabulary has.
json::array added_tokens(const json::object& ids, const TokenizerConfig& config) {
  json::array tokens;
  for (const ConfiguredToken& token : config.added_tokens) tokens.push_back(to_json(token));
  if (!tokens.empty()) return tokens;
  for (const std::string_view name :
       {"<|startoftext|>", "<|endoftext|>", "<s>", "<pad>", "</s>", "<unk>", "<mask>"}) {
    const json::value* id = ids.if_contains(name);
    if (id == nullptr || !id->is_int64() || id->get_int64() < 0) continue;
    ConfiguredToken token{.id = static_cast<size_t>(id->get_int64()), .content = std::string(name)};
    token.lstrip = name == "<mask>";
    tokens.push_back(to_json(token));
  }
  return tokens;
}

// RobertaProcessing: [first] A [last] [last] B [last].
json::value roberta_processing(const json::array& added, const TokenizerConfig& config,
                               std::string_view first, std::string_view last,
                               bool add_prefix_space) {
  const auto token = [&](const std::optional<std::string>& configured, std::string_view usual) {
    const SpecialToken found =
        boundary_token(true, configured.value_or(std::string(usual)), added).at(0);
    return json::array{json::string(found.content), found.id};
  };
  return {{"type", "RobertaProcessing"},
          {"sep", token(config.eos_token, last)},
          {"cls", token(config.bos_token, first)},
          {"trim_offsets", first == "<s>"},
          {"add_prefix_space", add_prefix_space}};
}

json::value bpe(json::object ids, json::array merges, json::value unknown,
                std::string_view suffix) {
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", std::move(unknown)},
          {"continuing_subword_prefix", ""},
          {"end_of_word_suffix", suffix},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", std::move(ids)},
          {"merges", std::move(merges)}};
}

json::value clip_normalizer() {
  return {{"type", "Sequence"},
          {"normalizers",
           {{{"type", "NFC"}},
            {{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", " "}},
            {{"type", "Lowercase"}}}}};
}

json::value clip_pre_tokenizer() {
  json::value words = byte_level_split(kClipPattern);
  json::object& split = words.at("pretokenizers").as_array()[0].as_object();
  split["behavior"] = "Removed";
  split["invert"] = true;
  return words;
}

}  // namespace

std::string byte_pair_to_json(std::string_view vocab_json, std::string_view merges_txt,
                              const TokenizerConfig& config) {
  const ParsedJson vocabulary(vocab_json, "vocab.json");
  json::object ids = vocabulary.root().object();
  json::array merges = read_merges(merges_txt, read_vocabulary(vocabulary.root()));
  const Family family = family_of(ids, config);
  json::array added = added_tokens(ids, config);
  const bool prefix_space = config.add_prefix_space.value_or(false);
  TokenizerJsonParts parts;
  parts.pre_tokenizer = byte_level_json(prefix_space, true);
  parts.decoder = byte_level_json(true, true);
  json::value unknown;
  switch (family) {
    case Family::kClip:
      parts.normalizer = clip_normalizer();
      parts.pre_tokenizer = clip_pre_tokenizer();
      parts.post_processor =
          roberta_processing(added, config, "<|startoftext|>", "<|endoftext|>", false);
      unknown = config.unk_token.value_or("<|endoftext|>");
      break;
    case Family::kRoberta:
      parts.post_processor = roberta_processing(added, config, "<s>", "</s>", prefix_space);
      break;
    case Family::kQwen:
      parts.normalizer = {{"type", "NFC"}};
      parts.pre_tokenizer = byte_level_split(find_byte_pair_vocabulary("qwen")->pattern);
      parts.post_processor = byte_level_json(false, false);
      break;
    case Family::kGpt2:
      parts.post_processor = template_json(
          boundary_token(config.add_bos_token.value_or(false), config.bos_token, added),
          boundary_token(config.add_eos_token.value_or(false), config.eos_token, added));
      if (parts.post_processor.is_null()) {
        parts.post_processor = byte_level_json(true, true);
        parts.post_processor.as_object()["trim_offsets"] = false;
      }
      break;
  }
  parts.model = bpe(std::move(ids), std::move(merges), std::move(unknown),
                    family == Family::kClip ? "</w>" : "");
  parts.added_tokens = std::move(added);
  return json::serialize(tokenizer_json(std::move(parts)));
}

}  // namespace lmos::tokenizer
