// Makes the expressions of a template.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat_template/builtins.h"
#include "chat_template/syntax.h"

namespace lmos::chat {

enum class UnaryOperator { kNot, kMinus, kPlus };
enum class BinaryOperator {
  kOr,
  kAnd,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kConcatenate,
};

ExpressionPtr make_literal(int line, Value value);
// Fails when it is reached: what is not there may stand where a template never comes.
ExpressionPtr make_failure(int line, std::string message);
ExpressionPtr make_variable(int line, std::string name);
ExpressionPtr make_list(int line, std::vector<ExpressionPtr> items, bool tuple);
ExpressionPtr make_dict(int line, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items);
ExpressionPtr make_unary(int line, UnaryOperator op, ExpressionPtr operand);
ExpressionPtr make_binary(int line, BinaryOperator op, ExpressionPtr left, ExpressionPtr right);
// a < b < c: every neighbouring pair.
ExpressionPtr make_comparison(int line, ExpressionPtr first,
                              std::vector<std::pair<BinaryOperator, ExpressionPtr>> rest);
// `otherwise` may be null: then undefined.
ExpressionPtr make_condition(int line, ExpressionPtr condition, ExpressionPtr value,
                             ExpressionPtr otherwise);
ExpressionPtr make_attribute(int line, ExpressionPtr object, std::string name);
ExpressionPtr make_item(int line, ExpressionPtr object, ExpressionPtr key);
// Each bound may be null.
ExpressionPtr make_slice(int line, ExpressionPtr object, ExpressionPtr first, ExpressionPtr end,
                         ExpressionPtr step);
ExpressionPtr make_call(int line, ExpressionPtr callee, ArgumentList arguments);
ExpressionPtr make_filter(int line, Filter filter, ExpressionPtr value, ArgumentList arguments);
ExpressionPtr make_test(int line, Test test, ExpressionPtr value, ArgumentList arguments,
                        bool negated);

}  // namespace lmos::chat
