#include "tokenizer_bpe/model/read_merges.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

namespace lmos::tokenizer {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

std::pair<std::string_view, std::string_view> read_pair(const boost::json::value& entry,
                                                        const JsonCursor& json, size_t index) {
  if (const boost::json::string* line = entry.if_string()) {
    const std::string_view text = view(*line);
    const size_t space = text.find(' ');
    if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos)
      return {text.substr(0, space), text.substr(space + 1)};
  } else if (const boost::json::array* pair = entry.if_array()) {
    if (pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string())
      return {view((*pair)[0].get_string()), view((*pair)[1].get_string())};
  }
  json[index].fail("expected two symbols, as \"left right\" or [\"left\", \"right\"]");
}

}  // namespace

std::vector<MergeRule> read_merges(const JsonCursor& json, const Vocabulary& vocabulary,
                                   std::string_view prefix) {
  std::vector<MergeRule> rules;
  rules.reserve(json.size());
  const auto id_of = [&](std::string_view token, size_t index) {
    const TokenId id = vocabulary.find(token);
    if (id == kNoToken)
      json[index].fail("the symbol '" + std::string(token) + "' is not in the vocabulary");
    return id;
  };
  std::string merged;
  size_t index = 0;
  for (const boost::json::value& entry : json.array()) {
    if (entry.is_string() && view(entry.get_string()).starts_with("#version")) {
      ++index;
      continue;
    }
    const auto [left, right] = read_pair(entry, json, index);
    if (!right.starts_with(prefix)) {
      json[index].fail("the right symbol '" + std::string(right) + "' does not begin with '" +
                       std::string(prefix) + "', the model's continuing_subword_prefix");
    }
    merged.assign(left).append(right.substr(prefix.size()));
    rules.push_back({id_of(left, index), id_of(right, index), id_of(merged, index),
                     static_cast<uint32_t>(rules.size())});
    ++index;
  }
  return rules;
}

}  // namespace lmos::tokenizer
