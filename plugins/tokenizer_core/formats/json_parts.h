// Parts of a tokenizer.json that is written for a file of another format.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/formats/tokenizer_config.h"

namespace lmos::tokenizer {

struct TokenizerJsonParts {
  boost::json::array added_tokens;
  boost::json::value normalizer;  // null: none, as with the others
  boost::json::value pre_tokenizer;
  boost::json::value post_processor;
  boost::json::value decoder;
  boost::json::value model;
};
boost::json::value tokenizer_json(TokenizerJsonParts parts);

// Looked for in the text as it is given, not in its normalised form.
boost::json::object added_token_json(size_t id, std::string_view content, bool special);

boost::json::object to_json(const ConfiguredToken& token);

// Words as ByteLevel splits them or, without `use_regex`, takes them.
boost::json::value byte_level_json(bool add_prefix_space, bool use_regex);
// Words are the matches of `pattern`, as bytes.
boost::json::value byte_level_split(std::string_view pattern);

struct SpecialToken {
  size_t id;
  std::string content;
};
// A TemplateProcessing that puts tokens around each text; null where there are none.
boost::json::value template_json(const std::vector<SpecialToken>& before,
                                 const std::vector<SpecialToken>& after);

// The same with BERT's pairs: [before] A [after] B [after].
boost::json::value pair_template_json(const std::vector<SpecialToken>& before,
                                      const std::vector<SpecialToken>& after);

// The token `content` of `added_tokens`, if it is wanted; else none. Throws TokenizerError where it
// is wanted and not there.
std::vector<SpecialToken> boundary_token(bool wanted, const std::optional<std::string>& content,
                                         const boost::json::array& added_tokens);

}  // namespace lmos::tokenizer
