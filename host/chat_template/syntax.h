// The parsed template: expressions, which have values, and statements, which write.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chat_template/value.h"

namespace lmos::chat {

struct Expression {
  explicit Expression(int at) : line(at) {}
  virtual ~Expression() = default;
  virtual Value evaluate(Evaluator& evaluator) const = 0;
  int line;
};
using ExpressionPtr = std::unique_ptr<const Expression>;

enum class Flow { kNormal, kBreak, kContinue };

struct Statement {
  explicit Statement(int at) : line(at) {}
  virtual ~Statement() = default;
  virtual Flow execute(Evaluator& evaluator) const = 0;
  int line;
};

struct Block {
  std::vector<std::unique_ptr<const Statement>> statements;
  Flow execute(Evaluator& evaluator) const;
};

// Of a call, a filter or a test.
struct ArgumentList {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  Arguments evaluate(Evaluator& evaluator) const;
};

// A variable, a tuple of targets, or an attribute of a namespace.
struct Target {
  std::string name;
  std::string attribute;      // of the namespace `name`; empty: the variable
  std::vector<Target> parts;  // of a tuple
  void assign(Evaluator& evaluator, const Value& value) const;
};

}  // namespace lmos::chat
