#include "chat_template/expressions.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/text.h"

namespace lmos::chat {
namespace {

// An expression from a function of the evaluator.
template <class Evaluate>
class Node : public Expression {
 public:
  Node(int at, Evaluate evaluate) : Expression(at), evaluate_(std::move(evaluate)) {}
  Value evaluate(Evaluator& evaluator) const override {
    evaluator.step();
    evaluator.line = line;
    return evaluate_(evaluator);
  }

 private:
  Evaluate evaluate_;
};
template <class Evaluate>
ExpressionPtr node(int line, Evaluate evaluate) {
  return std::make_unique<Node<Evaluate>>(line, std::move(evaluate));
}

[[noreturn]] void refuse(const char* what, const Value& a, const Value& b) {
  throw Failure(std::string("cannot ") + what + " a " + a.type_name() + " and a " + b.type_name());
}

[[noreturn]] void overflow() { throw Failure("the result does not fit 64 bits"); }

Value join_lists(Evaluator& evaluator, const List& a, const List& b) {
  List all{a.items, a.tuple};
  all.items.insert(all.items.end(), b.items.begin(), b.items.end());
  evaluator.step(std::ssize(all.items));
  return all;
}

Value add(Evaluator& evaluator, const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) {
    int64_t sum = 0;
    if (__builtin_add_overflow(a.as_int(), b.as_int(), &sum)) overflow();
    return sum;
  }
  if (a.is_number() && b.is_number()) return a.as_double() + b.as_double();
  if (a.text() != nullptr && b.text() != nullptr) {
    evaluator.make_text(a.text()->size() + b.text()->size());
    return *a.text() + *b.text();
  }
  if (a.list() != nullptr && b.list() != nullptr && a.list()->tuple == b.list()->tuple)
    return join_lists(evaluator, *a.list(), *b.list());
  if (a.undefined() != nullptr || b.undefined() != nullptr)
    throw Failure("`" + (a.undefined() != nullptr ? a : b).undefined()->name + "` is undefined");
  refuse("add", a, b);
}

Value repeat(Evaluator& evaluator, const Value& value, int64_t count) {
  if (value.text() != nullptr) {
    const std::string& text = *value.text();
    if (count <= 0 || text.empty()) return "";
    if (count > int64_t{1} << 32) overflow();
    evaluator.make_text(text.size() * static_cast<size_t>(count));
    std::string all;
    for (int64_t i = 0; i < count; ++i) all += text;
    return all;
  }
  List all{.tuple = value.list()->tuple};
  for (int64_t i = 0; i < count && !value.list()->items.empty(); ++i) {
    evaluator.step(std::ssize(value.list()->items));
    all.items.insert(all.items.end(), value.list()->items.begin(), value.list()->items.end());
  }
  return all;
}

Value multiply(Evaluator& evaluator, const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) {
    int64_t product = 0;
    if (__builtin_mul_overflow(a.as_int(), b.as_int(), &product)) overflow();
    return product;
  }
  if (a.is_number() && b.is_number()) return a.as_double() * b.as_double();
  const auto repeats = [](const Value& value) {
    return value.text() != nullptr || value.list() != nullptr;
  };
  if (repeats(a) && b.is_int()) return repeat(evaluator, a, b.as_int());
  if (repeats(b) && a.is_int()) return repeat(evaluator, b, a.as_int());
  refuse("multiply", a, b);
}

Value divide(BinaryOperator op, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) refuse("divide", a, b);
  if (b.as_double() == 0) throw Failure("division by zero");
  if (op == BinaryOperator::kDivide) return a.as_double() / b.as_double();
  // Towards minus infinity, with a remainder of the divisor's sign.
  if (a.is_int() && b.is_int()) {
    const int64_t x = a.as_int(), y = b.as_int();
    if (y == -1) {
      if (x == INT64_MIN) overflow();
      return op == BinaryOperator::kModulo ? int64_t{0} : -x;
    }
    const int64_t remainder = x % y;
    const bool adjust = remainder != 0 && (remainder < 0) != (y < 0);
    return op == BinaryOperator::kModulo ? remainder + (adjust ? y : 0) : x / y - (adjust ? 1 : 0);
  }
  const double quotient = std::floor(a.as_double() / b.as_double());
  return op == BinaryOperator::kModulo ? a.as_double() - quotient * b.as_double() : quotient;
}

Value power(const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) refuse("raise", a, b);
  if (!a.is_int() || !b.is_int() || b.as_int() < 0) return std::pow(a.as_double(), b.as_double());
  int64_t result = 1, factor = a.as_int();
  for (int64_t left = b.as_int(); left > 0; left >>= 1) {
    if ((left & 1) != 0 && __builtin_mul_overflow(result, factor, &result)) overflow();
    if (left > 1 && __builtin_mul_overflow(factor, factor, &factor)) overflow();
  }
  return result;
}

Value subtract(const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) refuse("subtract", a, b);
  if (!a.is_int() || !b.is_int()) return a.as_double() - b.as_double();
  int64_t difference = 0;
  if (__builtin_sub_overflow(a.as_int(), b.as_int(), &difference)) overflow();
  return difference;
}

Value apply(Evaluator& evaluator, BinaryOperator op, const Value& a, const Value& b) {
  switch (op) {
    case BinaryOperator::kEqual:
      return a == b;
    case BinaryOperator::kUnequal:
      return !(a == b);
    case BinaryOperator::kLess:
      return Value::order(a, b) < 0;
    case BinaryOperator::kLessEqual:
      return Value::order(a, b) <= 0;
    case BinaryOperator::kGreater:
      return Value::order(a, b) > 0;
    case BinaryOperator::kGreaterEqual:
      return Value::order(a, b) >= 0;
    case BinaryOperator::kIn:
      return contains(b, a);
    case BinaryOperator::kNotIn:
      return !contains(b, a);
    case BinaryOperator::kAdd:
      return add(evaluator, a, b);
    case BinaryOperator::kSubtract:
      return subtract(a, b);
    case BinaryOperator::kMultiply:
      return multiply(evaluator, a, b);
    case BinaryOperator::kDivide:
    case BinaryOperator::kFloorDivide:
    case BinaryOperator::kModulo:
      return divide(op, a, b);
    case BinaryOperator::kPower:
      return power(a, b);
    case BinaryOperator::kConcatenate: {
      std::string text = a.str();
      const std::string more = b.str();
      evaluator.make_text(text.size() + more.size());
      return text += more;
    }
    case BinaryOperator::kOr:
    case BinaryOperator::kAnd:
      break;
  }
  return {};
}

Value negated(const Value& value, bool minus) {
  if (!value.is_number()) throw Failure("a number is wanted, not a " + value.type_name());
  if (!minus) return value;
  if (!value.is_int()) return -value.as_double();
  if (value.as_int() == INT64_MIN) overflow();
  return -value.as_int();
}

// The positions of a slice, as Python takes them.
List sliced(const std::vector<Value>& items, std::optional<int64_t> first,
            std::optional<int64_t> end, int64_t step) {
  if (step == 0) throw Failure("a slice with a step of 0");
  const int64_t size = std::ssize(items);
  const auto placed = [&](std::optional<int64_t> bound, int64_t otherwise) {
    if (!bound) return otherwise;
    const int64_t from_start = *bound < 0 ? *bound + size : *bound;
    return step > 0 ? std::clamp<int64_t>(from_start, 0, size)
                    : std::clamp<int64_t>(from_start, -1, size - 1);
  };
  const int64_t from = placed(first, step > 0 ? 0 : size - 1),
                to = placed(end, step > 0 ? size : -1);
  List list;
  for (int64_t i = from; step > 0 ? i < to : i > to;) {
    list.items.push_back(items[static_cast<size_t>(i)]);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return list;
}

std::optional<int64_t> bound_of(Evaluator& evaluator, const ExpressionPtr& expression) {
  if (expression == nullptr) return std::nullopt;
  const Value value = expression->evaluate(evaluator);
  if (value.is_none()) return std::nullopt;
  if (!value.is_int()) throw Failure("a slice needs integers, not a " + value.type_name());
  return value.as_int();
}

}  // namespace

ExpressionPtr make_literal(int line, Value value) {
  return node(line, [value = std::move(value)](Evaluator&) { return value; });
}

ExpressionPtr make_failure(int line, std::string message) {
  return node(line,
              [message = std::move(message)](Evaluator&) -> Value { throw Failure(message); });
}

ExpressionPtr make_variable(int line, std::string name) {
  return node(line, [name = std::move(name)](Evaluator& e) { return e.variable(name); });
}

ExpressionPtr make_list(int line, std::vector<ExpressionPtr> items, bool tuple) {
  return node(line, [items = std::move(items), tuple](Evaluator& e) -> Value {
    List list{.tuple = tuple};
    for (const ExpressionPtr& item : items) list.items.push_back(item->evaluate(e));
    return list;
  });
}

ExpressionPtr make_dict(int line, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items) {
  return node(line, [items = std::move(items)](Evaluator& e) -> Value {
    Dict dict;
    for (const auto& [key, value] : items) {
      Value name = key->evaluate(e);
      if (name.text() == nullptr && !name.is_number() && !name.is_none())
        throw Failure("a " + name.type_name() + " cannot be the key of a dictionary");
      dict.set(std::move(name), value->evaluate(e));
    }
    return dict;
  });
}

ExpressionPtr make_unary(int line, UnaryOperator op, ExpressionPtr operand) {
  return node(line, [op, operand = std::move(operand)](Evaluator& e) -> Value {
    const Value value = operand->evaluate(e);
    if (op == UnaryOperator::kNot) return !value.truth();
    return negated(value, op == UnaryOperator::kMinus);
  });
}

ExpressionPtr make_binary(int line, BinaryOperator op, ExpressionPtr left, ExpressionPtr right) {
  return node(line, [op, left = std::move(left), right = std::move(right)](Evaluator& e) {
    const Value a = left->evaluate(e);
    if (op == BinaryOperator::kOr) return a.truth() ? a : right->evaluate(e);
    if (op == BinaryOperator::kAnd) return a.truth() ? right->evaluate(e) : a;
    return apply(e, op, a, right->evaluate(e));
  });
}

ExpressionPtr make_comparison(int line, ExpressionPtr first,
                              std::vector<std::pair<BinaryOperator, ExpressionPtr>> rest) {
  return node(line, [first = std::move(first), rest = std::move(rest)](Evaluator& e) -> Value {
    Value left = first->evaluate(e);
    for (const auto& [op, expression] : rest) {
      Value right = expression->evaluate(e);
      if (!apply(e, op, left, right).truth()) return false;
      left = std::move(right);
    }
    return true;
  });
}

ExpressionPtr make_condition(int line, ExpressionPtr condition, ExpressionPtr value,
                             ExpressionPtr otherwise) {
  return node(line,
              [condition = std::move(condition), value = std::move(value),
               otherwise = std::move(otherwise)](Evaluator& e) -> Value {
                if (condition->evaluate(e).truth()) return value->evaluate(e);
                return otherwise == nullptr
                           ? Value(Undefined{"the value of an `if` without `else`"})
                           : otherwise->evaluate(e);
              });
}

ExpressionPtr make_attribute(int line, ExpressionPtr object, std::string name) {
  return node(line, [object = std::move(object), name = std::move(name)](Evaluator& e) {
    return attribute_of(object->evaluate(e), name);
  });
}

ExpressionPtr make_item(int line, ExpressionPtr object, ExpressionPtr key) {
  return node(line, [object = std::move(object), key = std::move(key)](Evaluator& e) {
    const Value value = object->evaluate(e);
    return item_of(value, key->evaluate(e));
  });
}

ExpressionPtr make_slice(int line, ExpressionPtr object, ExpressionPtr first, ExpressionPtr end,
                         ExpressionPtr step) {
  return node(line,
              [object = std::move(object), first = std::move(first), end = std::move(end),
               step = std::move(step)](Evaluator& e) -> Value {
                const Value value = object->evaluate(e);
                if (value.list() == nullptr && value.text() == nullptr)
                  throw Failure("a " + value.type_name() + " cannot be sliced");
                List part = sliced(items_of(value), bound_of(e, first), bound_of(e, end),
                                   bound_of(e, step).value_or(1));
                e.step(std::ssize(part.items));
                if (value.list() != nullptr) {
                  part.tuple = value.list()->tuple;
                  return part;
                }
                std::string text;
                for (const Value& character : part.items) text += *character.text();
                return text;
              });
}

ExpressionPtr make_call(int line, ExpressionPtr callee, ArgumentList arguments) {
  return node(line, [line, callee = std::move(callee),
                     arguments = std::move(arguments)](Evaluator& e) {
    const Value value = callee->evaluate(e);
    if (value.callable() == nullptr)
      throw Failure(value.is_undefined() ? "there is no `" + value.undefined()->name + "` to call"
                                         : "a " + value.type_name() + " cannot be called");
    const Arguments given = arguments.evaluate(e);
    e.line = line;
    return value.callable()->call(e, given);
  });
}

ExpressionPtr make_filter(int line, Filter filter, ExpressionPtr value, ArgumentList arguments) {
  return node(line, [line, filter, value = std::move(value),
                     arguments = std::move(arguments)](Evaluator& e) {
    const Value operand = value->evaluate(e);
    const Arguments given = arguments.evaluate(e);
    e.line = line;
    return filter(e, operand, given);
  });
}

ExpressionPtr make_test(int line, Test test, ExpressionPtr value, ArgumentList arguments,
                        bool is_negated) {
  return node(line,
              [test, value = std::move(value), arguments = std::move(arguments),
               is_negated](Evaluator& e) -> Value {
                const Value operand = value->evaluate(e);
                return test(e, operand, arguments.evaluate(e)) != is_negated;
              });
}

}  // namespace lmos::chat
