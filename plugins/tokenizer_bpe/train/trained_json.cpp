#include "tokenizer_bpe/train/trained_json.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/train/json_parts.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

json::value byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

json::value pre_tokenizer(const TrainingOptions& options) {
  if (options.kind == TrainingKind::kCharacters) return nullptr;
  if (options.pattern.empty()) return byte_level(true);
  json::value split = {{"type", "Split"},
                       {"pattern", {{"Regex", options.pattern}}},
                       {"behavior", "Isolated"},
                       {"invert", false}};
  return {{"type", "Sequence"}, {"pretokenizers", json::array{split, byte_level(false)}}};
}

json::value model(const LearnedVocabulary& vocabulary, const TrainingOptions& options) {
  json::array merges;
  merges.reserve(vocabulary.merges.size());
  for (const auto& [left, right] : vocabulary.merges)
    merges.push_back(json::string(vocabulary.tokens[left] + " " + vocabulary.tokens[right]));
  const json::value unknown =
      options.unknown_token.empty() ? json::value() : json::value(options.unknown_token);
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", unknown},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", vocabulary_json(vocabulary)},
          {"merges", std::move(merges)}};
}

}  // namespace

std::string to_tokenizer_json(const LearnedVocabulary& vocabulary, const TrainingOptions& options) {
  const bool bytes = options.kind == TrainingKind::kByteLevel;
  const json::value decoder = bytes ? byte_level(true) : json::value{{"type", "Fuse"}};
  const json::value document = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", special_tokens_json(options.special_tokens, vocabulary)},
      {"normalizer", nullptr},
      {"pre_tokenizer", pre_tokenizer(options)},
      {"post_processor", bytes ? byte_level(true) : json::value()},
      {"decoder", decoder},
      {"model", model(vocabulary, options)}};
  return json::serialize(document);
}

}  // namespace lmos::tokenizer
