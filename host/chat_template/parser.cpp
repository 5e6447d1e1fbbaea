#include "chat_template/parser.h"

#include <initializer_list>

#include "chat_template/expression_parser.h"
#include "chat_template/failure.h"
#include "chat_template/statements.h"

namespace lmos::chat {
namespace {

using Words = std::initializer_list<std::string_view>;

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize_template(source)) {}

  Block run() {
    Block block = until({});
    return block;
  }

 private:
  bool at_word(std::string_view word) const {
    return tokens_.peek().kind == TokenKind::kStatement &&
           tokens_.peek(1).kind == TokenKind::kName && tokens_.peek(1).text == word;
  }
  void end_tag() { tokens_.expect(TokenKind::kEnd, "%}"); }

  // Statements up to a tag of one of these words, which stays; without words, up to the end.
  Block until(Words words) {
    const ExpressionParser::Nesting nesting(tokens_);
    const int opened = tokens_.peek().line;
    Block block;
    for (;;) {
      for (const std::string_view word : words)
        if (at_word(word)) return block;
      const TemplateToken token = tokens_.take();
      switch (token.kind) {
        case TokenKind::kText:
          block.statements.push_back(make_text(token.line, token.text));
          break;
        case TokenKind::kExpression: {
          ExpressionPtr value = tokens_.tuple();
          tokens_.expect(TokenKind::kEnd, "}}");
          block.statements.push_back(make_output(token.line, std::move(value)));
          break;
        }
        case TokenKind::kStatement:
          block.statements.push_back(statement(token.line));
          break;
        default:
          if (words.size() == 0) return block;
          throw Failure("{% " + std::string(*words.begin()) + " %} is missing for the block before",
                        opened);
      }
    }
  }

  // The body of a block whose tag ends here, with the end tag.
  Block body(std::string_view end) {
    end_tag();
    Block block = until({end});
    close(end);
    return block;
  }
  void close(std::string_view end) {
    tokens_.take();
    tokens_.expect(TokenKind::kName, end);
    if (tokens_.peek().kind == TokenKind::kName) tokens_.take();  // {% endmacro name %}
    end_tag();
  }

  StatementPtr statement(int line) {
    const std::string word = tokens_.expect_name();
    if (word == "if") return condition(line);
    if (word == "for") return loop(line);
    if (word == "set") return assignment(line);
    if (word == "macro") return macro(line);
    if (word == "call") return call(line);
    if (word == "filter") {
      auto [filter, arguments] = tokens_.filter();
      return make_filter_block(line, body("endfilter"), filter, std::move(arguments));
    }
    if (word == "generation") return make_generation(line, body("endgeneration"));
    if (word == "break" || word == "continue") {
      if (loops_ == 0) throw Failure("{% " + word + " %} outside of a loop", line);
      end_tag();
      return make_flow(line, word == "break" ? Flow::kBreak : Flow::kContinue);
    }
    if (word == "do") {
      ExpressionPtr value = tokens_.tuple();
      end_tag();
      return make_set(line, Target{.name = "_"}, std::move(value));
    }
    throw Failure("unknown tag {% " + word + " %}", line);
  }

  StatementPtr condition(int line) {
    std::vector<Branch> branches;
    ExpressionPtr test = tokens_.tuple();
    for (;;) {
      end_tag();
      Block block = until({"endif", "elif", "else"});
      const bool last = test == nullptr;
      branches.push_back({std::move(test), std::move(block)});
      tokens_.take();
      const std::string word = tokens_.expect_name();
      if (word == "endif") break;
      if (last) throw Failure("{% " + word + " %} after {% else %}", line);
      test = word == "elif" ? tokens_.tuple() : nullptr;
    }
    end_tag();
    return make_if(line, std::move(branches));
  }

  StatementPtr loop(int line) {
    Loop loop;
    loop.target = tokens_.target();
    tokens_.expect(TokenKind::kName, "in");
    loop.sequence = tokens_.tuple(false);
    if (tokens_.accept_name("if")) loop.condition = tokens_.expression();
    if (tokens_.accept_name("recursive")) throw Failure("recursive loops are not supported", line);
    end_tag();
    ++loops_;
    loop.body = until({"endfor", "else"});
    --loops_;
    if (at_word("else")) {
      close("else");
      loop.otherwise = until({"endfor"});
    }
    close("endfor");
    return make_for(line, std::move(loop));
  }

  StatementPtr assignment(int line) {
    Target target = tokens_.target();
    if (tokens_.accept_operator("=")) {
      ExpressionPtr value = tokens_.tuple();
      end_tag();
      return make_set(line, std::move(target), std::move(value));
    }
    Filter filter = nullptr;
    ArgumentList arguments;
    if (tokens_.accept_operator("|")) {
      auto [found, given] = tokens_.filter();
      filter = found;
      arguments = std::move(given);
    }
    return make_set_block(line, std::move(target), body("endset"), filter, std::move(arguments));
  }

  StatementPtr macro(int line) {
    MacroDefinition definition;
    definition.name = tokens_.expect_name();
    tokens_.expect(TokenKind::kOperator, "(");
    while (!tokens_.accept_operator(")")) {
      if (!definition.parameters.empty()) {
        tokens_.expect(TokenKind::kOperator, ",");
        if (tokens_.accept_operator(")")) break;
      }
      std::string name = tokens_.expect_name();
      ExpressionPtr otherwise = tokens_.accept_operator("=") ? tokens_.expression() : nullptr;
      definition.parameters.emplace_back(std::move(name), std::move(otherwise));
    }
    definition.body = function_body("endmacro");
    return make_macro(line, std::move(definition));
  }

  StatementPtr call(int line) {
    if (tokens_.is(TokenKind::kOperator, "("))
      throw Failure("parameters of {% call %} are not supported", line);
    auto [callee, arguments] = tokens_.call();
    return make_call_block(line, std::move(callee), std::move(arguments), function_body("endcall"));
  }

  // A loop around it is none of its own.
  Block function_body(std::string_view end) {
    const int loops = loops_;
    loops_ = 0;
    Block block = body(end);
    loops_ = loops;
    return block;
  }

  ExpressionParser tokens_;
  int loops_ = 0;  // around the statement
};

}  // namespace

Block parse_template(std::string_view source) { return Parser(source).run(); }

}  // namespace lmos::chat
