// The tokens of a template.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::chat {

enum class TokenKind {
  kText,        // outside of all tags
  kExpression,  // {{
  kStatement,   // {%
  kEnd,         // }} or %}
  kName,
  kString,  // `text` is its value
  kInteger,
  kFloat,
  kOperator,  // punctuation; `text` is it
  kEndOfTemplate,
};

struct TemplateToken {
  TokenKind kind;
  std::string text;
  int line;  // from 1
};

// With trim_blocks and lstrip_blocks; comments and raw blocks are resolved. Failure with the line.
std::vector<TemplateToken> tokenize_template(std::string_view source);

}  // namespace lmos::chat
