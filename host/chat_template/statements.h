// Makes the statements of a template.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chat_template/expressions.h"
#include "chat_template/syntax.h"

namespace lmos::chat {

using StatementPtr = std::unique_ptr<const Statement>;

StatementPtr make_text(int line, std::string text);
StatementPtr make_output(int line, ExpressionPtr value);
StatementPtr make_set(int line, Target target, ExpressionPtr value);
// The value is what the block writes, through the filter if there is one.
StatementPtr make_set_block(int line, Target target, Block body, Filter filter,
                            ArgumentList arguments);
StatementPtr make_filter_block(int line, Block body, Filter filter, ArgumentList arguments);

struct Branch {
  ExpressionPtr condition;  // null: else
  Block body;
};
StatementPtr make_if(int line, std::vector<Branch> branches);

struct Loop {
  Target target;
  ExpressionPtr sequence;
  ExpressionPtr condition;  // of the elements taken; may be null
  Block body, otherwise;
};
StatementPtr make_for(int line, Loop loop);
StatementPtr make_flow(int line, Flow flow);

struct MacroDefinition {
  std::string name;
  std::vector<std::pair<std::string, ExpressionPtr>> parameters;  // default or null
  Block body;
};
StatementPtr make_macro(int line, MacroDefinition definition);
// The block becomes the function `caller` in the call.
StatementPtr make_call_block(int line, ExpressionPtr callee, ArgumentList arguments, Block body);
StatementPtr make_generation(int line, Block body);

}  // namespace lmos::chat
