#include "chat_template/expression_parser.h"

#include <charconv>
#include <optional>

#include "chat_template/failure.h"

namespace lmos::chat {
namespace {

// The parser, the evaluation and the release of a template recurse as deeply as this.
constexpr int kDeepest = 150;

struct Spelling {
  std::string_view text;
  BinaryOperator op;
};

std::optional<BinaryOperator> find(std::initializer_list<Spelling> spellings,
                                   const TemplateToken& token) {
  if (token.kind == TokenKind::kOperator)
    for (const Spelling& spelling : spellings)
      if (spelling.text == token.text) return spelling.op;
  return std::nullopt;
}

}  // namespace

ExpressionParser::Nesting::Nesting(ExpressionParser& parser) : parser_(parser) {
  if (++parser_.depth_ <= kDeepest) return;
  --parser_.depth_;
  parser_.fail("constructs are nested too deeply");
}

const TemplateToken& ExpressionParser::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

TemplateToken ExpressionParser::take() {
  const TemplateToken& token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool ExpressionParser::is(TokenKind kind, std::string_view text) const {
  return peek().kind == kind && peek().text == text;
}

bool ExpressionParser::accept(TokenKind kind, std::string_view text) {
  if (!is(kind, text)) return false;
  take();
  return true;
}

void ExpressionParser::fail(const std::string& message) const {
  throw Failure(message, peek().line);
}

void ExpressionParser::expect(TokenKind kind, std::string_view text) {
  if (accept(kind, text)) return;
  fail("expected `" + std::string(text) + "`, found " +
       (peek().kind == TokenKind::kEndOfTemplate ? "the end of the template"
                                                 : "`" + peek().text + "`"));
}

std::string ExpressionParser::expect_name() {
  if (peek().kind != TokenKind::kName) fail("expected a name, found `" + peek().text + "`");
  return take().text;
}

bool ExpressionParser::ends_tuple() const {
  return peek().kind == TokenKind::kEnd || is(TokenKind::kOperator, ")") ||
         is(TokenKind::kOperator, "=") || is(TokenKind::kName, "in") ||
         is(TokenKind::kName, "if") || is(TokenKind::kName, "recursive");
}

ExpressionPtr ExpressionParser::tuple(bool conditions) {
  const int line = peek().line;
  const auto item = [&] { return conditions ? expression() : without_condition(); };
  ExpressionPtr first = item();
  if (!is(TokenKind::kOperator, ",")) return first;
  std::vector<ExpressionPtr> items;
  items.push_back(std::move(first));
  while (accept_operator(",") && !ends_tuple()) items.push_back(item());
  return make_list(line, std::move(items), true);
}

ExpressionPtr ExpressionParser::expression() {
  const Nesting nesting(*this);
  const int line = peek().line;
  ExpressionPtr value = disjunction();
  for (int conditions = 0; accept_name("if"); ++conditions) {
    if (conditions > kDeepest) fail("constructs are nested too deeply");
    ExpressionPtr condition = disjunction();
    ExpressionPtr otherwise = accept_name("else") ? expression() : nullptr;
    value = make_condition(line, std::move(condition), std::move(value), std::move(otherwise));
  }
  return value;
}

ExpressionPtr ExpressionParser::without_condition() { return disjunction(); }

// Chains of one precedence nest to the left; their length counts as depth.
#define LMOS_CHAIN_LIMIT(count) \
  if (++(count) > 2000) fail("an expression is too long")

ExpressionPtr ExpressionParser::disjunction() {
  const int line = peek().line;
  ExpressionPtr left = conjunction();
  for (int count = 0; accept_name("or");) {
    LMOS_CHAIN_LIMIT(count);
    left = make_binary(line, BinaryOperator::kOr, std::move(left), conjunction());
  }
  return left;
}

ExpressionPtr ExpressionParser::conjunction() {
  const int line = peek().line;
  ExpressionPtr left = negation();
  for (int count = 0; accept_name("and");) {
    LMOS_CHAIN_LIMIT(count);
    left = make_binary(line, BinaryOperator::kAnd, std::move(left), negation());
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  const int line = peek().line;
  if (is(TokenKind::kName, "not")) {
    const Nesting nesting(*this);
    take();
    return make_unary(line, UnaryOperator::kNot, negation());
  }
  return comparison();
}

ExpressionPtr ExpressionParser::comparison() {
  const int line = peek().line;
  ExpressionPtr first = sum();
  std::vector<std::pair<BinaryOperator, ExpressionPtr>> rest;
  for (;;) {
    std::optional<BinaryOperator> op = find({{"==", BinaryOperator::kEqual},
                                             {"!=", BinaryOperator::kUnequal},
                                             {"<", BinaryOperator::kLess},
                                             {"<=", BinaryOperator::kLessEqual},
                                             {">", BinaryOperator::kGreater},
                                             {">=", BinaryOperator::kGreaterEqual}},
                                            peek());
    if (op) {
      take();
    } else if (accept_name("in")) {
      op = BinaryOperator::kIn;
    } else if (is(TokenKind::kName, "not") && peek(1).kind == TokenKind::kName &&
               peek(1).text == "in") {
      take();
      take();
      op = BinaryOperator::kNotIn;
    } else {
      break;
    }
    rest.emplace_back(*op, sum());
  }
  if (rest.empty()) return first;
  return make_comparison(line, std::move(first), std::move(rest));
}

ExpressionPtr ExpressionParser::sum() {
  const int line = peek().line;
  ExpressionPtr left = concatenation();
  int count = 0;
  while (const auto op =
             find({{"+", BinaryOperator::kAdd}, {"-", BinaryOperator::kSubtract}}, peek())) {
    LMOS_CHAIN_LIMIT(count);
    take();
    left = make_binary(line, *op, std::move(left), concatenation());
  }
  return left;
}

ExpressionPtr ExpressionParser::concatenation() {
  const int line = peek().line;
  ExpressionPtr left = product();
  for (int count = 0; accept_operator("~");) {
    LMOS_CHAIN_LIMIT(count);
    left = make_binary(line, BinaryOperator::kConcatenate, std::move(left), product());
  }
  return left;
}

ExpressionPtr ExpressionParser::product() {
  const int line = peek().line;
  ExpressionPtr left = power();
  int count = 0;
  while (const auto op = find({{"*", BinaryOperator::kMultiply},
                               {"/", BinaryOperator::kDivide},
                               {"//", BinaryOperator::kFloorDivide},
                               {"%", BinaryOperator::kModulo}},
                              peek())) {
    LMOS_CHAIN_LIMIT(count);
    take();
    left = make_binary(line, *op, std::move(left), power());
  }
  return left;
}

ExpressionPtr ExpressionParser::power() {
  const int line = peek().line;
  ExpressionPtr left = unary(true);
  for (int count = 0; accept_operator("**");) {
    LMOS_CHAIN_LIMIT(count);
    left = make_binary(line, BinaryOperator::kPower, std::move(left), unary(true));
  }
  return left;
}

ExpressionPtr ExpressionParser::unary(bool filters) {
  const Nesting nesting(*this);
  const int line = peek().line;
  ExpressionPtr value;
  if (accept_operator("-"))
    value = make_unary(line, UnaryOperator::kMinus, unary(false));
  else if (accept_operator("+"))
    value = make_unary(line, UnaryOperator::kPlus, unary(false));
  else
    value = primary();
  value = postfix(std::move(value));
  return filters ? filtered(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::primary() {
  const TemplateToken token = take();
  switch (token.kind) {
    case TokenKind::kName:
      if (token.text == "true" || token.text == "True") return make_literal(token.line, true);
      if (token.text == "false" || token.text == "False") return make_literal(token.line, false);
      if (token.text == "none" || token.text == "None") return make_literal(token.line, None{});
      return make_variable(token.line, token.text);
    case TokenKind::kString: {
      std::string text = token.text;
      while (peek().kind == TokenKind::kString) text += take().text;
      return make_literal(token.line, std::move(text));
    }
    case TokenKind::kInteger: {
      int64_t value = 0;
      const auto end =
          std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
      if (end.ec != std::errc())
        throw Failure("`" + token.text + "` does not fit 64 bits", token.line);
      return make_literal(token.line, value);
    }
    case TokenKind::kFloat: {
      double value = 0;
      const auto end =
          std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
      if (end.ec != std::errc()) throw Failure("`" + token.text + "` is no number", token.line);
      return make_literal(token.line, value);
    }
    case TokenKind::kOperator:
      if (token.text == "(") {
        if (accept_operator(")")) return make_list(token.line, {}, true);
        ExpressionPtr value = tuple();
        expect(TokenKind::kOperator, ")");
        return value;
      }
      if (token.text == "[") return bracketed("]");
      if (token.text == "{") return dictionary(token.line);
      break;
    default:
      break;
  }
  throw Failure("expected a value, found `" + token.text + "`", token.line);
}

ExpressionPtr ExpressionParser::bracketed(std::string_view close) {
  const int line = peek().line;
  std::vector<ExpressionPtr> items;
  while (!accept_operator(close)) {
    if (!items.empty()) {
      expect(TokenKind::kOperator, ",");
      if (accept_operator(close)) break;
    }
    items.push_back(expression());
  }
  return make_list(line, std::move(items), false);
}

ExpressionPtr ExpressionParser::dictionary(int line) {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> items;
  while (!accept_operator("}")) {
    if (!items.empty()) {
      expect(TokenKind::kOperator, ",");
      if (accept_operator("}")) break;
    }
    ExpressionPtr key = expression();
    expect(TokenKind::kOperator, ":");
    items.emplace_back(std::move(key), expression());
  }
  return make_dict(line, std::move(items));
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr value) {
  for (int count = 0;;) {
    LMOS_CHAIN_LIMIT(count);
    const int line = peek().line;
    if (accept_operator(".")) {
      if (peek().kind == TokenKind::kInteger) {
        const TemplateToken index = take();
        value = make_item(
            line, std::move(value),
            make_literal(line, static_cast<int64_t>(std::stoll("0" + index.text.substr(0, 17)))));
      } else {
        value = make_attribute(line, std::move(value), expect_name());
      }
    } else if (accept_operator("[")) {
      value = subscript(line, std::move(value));
    } else if (is(TokenKind::kOperator, "(")) {
      value = make_call(line, std::move(value), arguments());
    } else {
      return value;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(int line, ExpressionPtr value) {
  ExpressionPtr bounds[3];
  bool slice = false;
  for (int part = 0; part < 3; ++part) {
    if (!is(TokenKind::kOperator, ":") && !is(TokenKind::kOperator, "]"))
      bounds[part] = expression();
    if (part == 2 || !accept_operator(":")) break;
    slice = true;
  }
  expect(TokenKind::kOperator, "]");
  if (slice)
    return make_slice(line, std::move(value), std::move(bounds[0]), std::move(bounds[1]),
                      std::move(bounds[2]));
  if (bounds[0] == nullptr) throw Failure("an index is missing in []", line);
  return make_item(line, std::move(value), std::move(bounds[0]));
}

ArgumentList ExpressionParser::arguments() {
  ArgumentList list;
  expect(TokenKind::kOperator, "(");
  bool first = true;
  while (!accept_operator(")")) {
    if (!first) {
      expect(TokenKind::kOperator, ",");
      if (accept_operator(")")) break;
    }
    first = false;
    if (is(TokenKind::kOperator, "*") || is(TokenKind::kOperator, "**"))
      fail("* and ** in a call are not supported");
    if (peek().kind == TokenKind::kName && peek(1).kind == TokenKind::kOperator &&
        peek(1).text == "=") {
      std::string name = take().text;
      take();
      list.named.emplace_back(std::move(name), expression());
    } else {
      if (!list.named.empty()) fail("a value without a name after one with a name");
      list.positional.push_back(expression());
    }
  }
  return list;
}

ArgumentList ExpressionParser::optional_arguments() {
  return is(TokenKind::kOperator, "(") ? arguments() : ArgumentList{};
}

std::pair<Filter, ArgumentList> ExpressionParser::filter() {
  const int line = peek().line;
  const std::string name = expect_name();
  const Filter found = find_filter(name);
  if (found == nullptr) throw Failure("there is no filter `" + name + "`", line);
  return {found, optional_arguments()};
}

ExpressionPtr ExpressionParser::filtered(ExpressionPtr value) {
  for (int count = 0;;) {
    LMOS_CHAIN_LIMIT(count);
    const int line = peek().line;
    if (accept_operator("|")) {
      const std::string name = expect_name();
      const Filter found = find_filter(name);
      ArgumentList given = optional_arguments();
      value = found == nullptr ? make_failure(line, "there is no filter `" + name + "`")
                               : make_filter(line, found, std::move(value), std::move(given));
    } else if (accept_name("is")) {
      value = tested(line, std::move(value));
    } else if (is(TokenKind::kOperator, "(")) {
      value = make_call(line, std::move(value), arguments());
    } else {
      return value;
    }
  }
}

ExpressionPtr ExpressionParser::tested(int line, ExpressionPtr value) {
  const bool negated = accept_name("not");
  const std::string name = expect_name();
  const Test test = find_test(name);
  ArgumentList given;
  const TemplateToken& next = peek();
  const bool opens = next.kind == TokenKind::kOperator && (next.text == "[" || next.text == "{");
  const bool literal = next.kind == TokenKind::kString || next.kind == TokenKind::kInteger ||
                       next.kind == TokenKind::kFloat;
  const bool word = next.kind == TokenKind::kName && next.text != "else" && next.text != "or" &&
                    next.text != "and" && next.text != "is" && next.text != "if" &&
                    next.text != "not" && next.text != "in";
  if (is(TokenKind::kOperator, "(")) {
    given = arguments();
  } else if (opens || literal || word) {
    given.positional.push_back(postfix(primary()));
  }
  if (test == nullptr) return make_failure(line, "there is no test `" + name + "`");
  return make_test(line, test, std::move(value), std::move(given), negated);
}

Target ExpressionParser::single_target() {
  if (accept_operator("(")) {
    const Nesting nesting(*this);
    Target inner = target();
    expect(TokenKind::kOperator, ")");
    return inner;
  }
  Target result;
  result.name = expect_name();
  if (accept_operator(".")) result.attribute = expect_name();
  return result;
}

Target ExpressionParser::target() {
  Target first = single_target();
  if (!is(TokenKind::kOperator, ",")) return first;
  Target all;
  all.parts.push_back(std::move(first));
  while (accept_operator(",") && !ends_tuple()) all.parts.push_back(single_target());
  return all;
}

std::pair<ExpressionPtr, ArgumentList> ExpressionParser::call() {
  const int line = peek().line;
  ExpressionPtr callee = make_variable(line, expect_name());
  while (accept_operator(".")) callee = make_attribute(line, std::move(callee), expect_name());
  return {std::move(callee), arguments()};
}

#undef LMOS_CHAIN_LIMIT

}  // namespace lmos::chat
