// Expressions from tokens, with the precedences of Jinja.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat_template/expressions.h"
#include "chat_template/lexer.h"

namespace lmos::chat {

// Reads tokens from first to last. Failure with the line.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<TemplateToken> tokens) : tokens_(std::move(tokens)) {}

  // A value, or with commas a tuple. `conditions` false: an `if` is left alone (in `for … if`).
  ExpressionPtr tuple(bool conditions = true);
  ExpressionPtr expression();
  ExpressionPtr without_condition();
  // A name, or names with commas.
  Target target();
  // `name(…)`: what follows the name of a filter, if anything.
  ArgumentList optional_arguments();
  ArgumentList arguments();                  // from ( to )
  std::pair<Filter, ArgumentList> filter();  // name and arguments
  // A call: callee and arguments apart.
  std::pair<ExpressionPtr, ArgumentList> call();

  const TemplateToken& peek(size_t ahead = 0) const;
  TemplateToken take();
  bool is(TokenKind kind, std::string_view text) const;
  bool accept(TokenKind kind, std::string_view text);
  bool accept_operator(std::string_view text) { return accept(TokenKind::kOperator, text); }
  bool accept_name(std::string_view text) { return accept(TokenKind::kName, text); }
  void expect(TokenKind kind, std::string_view text);
  std::string expect_name();
  [[noreturn]] void fail(const std::string& message) const;

  // Counts how deeply constructs lie within each other.
  class Nesting {
   public:
    explicit Nesting(ExpressionParser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    ExpressionParser& parser_;
  };

 private:
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool filters);
  ExpressionPtr primary();
  ExpressionPtr postfix(ExpressionPtr value);
  ExpressionPtr subscript(int line, ExpressionPtr value);
  ExpressionPtr filtered(ExpressionPtr value);
  ExpressionPtr tested(int line, ExpressionPtr value);
  ExpressionPtr bracketed(std::string_view close);
  ExpressionPtr dictionary(int line);
  bool ends_tuple() const;
  Target single_target();

  std::vector<TemplateToken> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace lmos::chat
