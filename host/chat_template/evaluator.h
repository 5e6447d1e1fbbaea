// The state of one rendering: variables, output and what may still be used.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chat_template/chat_template.h"
#include "chat_template/syntax.h"
#include "chat_template/value.h"

namespace lmos::chat {

class Evaluator {
 public:
  Evaluator(const Json& variables, const Limits& limits);

  // Undefined if there is none of that name.
  Value variable(const std::string& name) const;
  void set(const std::string& name, Value value) { scopes_.back()[name] = std::move(value); }

  // A scope of variables inside the present one, while it lives.
  class Scope {
   public:
    explicit Scope(Evaluator& evaluator) : evaluator_(evaluator) {
      evaluator_.scopes_.emplace_back();
    }
    ~Scope() { evaluator_.scopes_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Evaluator& evaluator_;
  };
  // The scope of a macro's body: it sees the template's own variables, not the caller's.
  class MacroScope {
   public:
    explicit MacroScope(Evaluator& evaluator);
    ~MacroScope();
    MacroScope(const MacroScope&) = delete;
    MacroScope& operator=(const MacroScope&) = delete;

   private:
    Evaluator& evaluator_;
    std::vector<std::unordered_map<std::string, Value>> caller_;
  };

  void write(std::string_view text);
  // What the block writes, in place of writing it.
  std::string capture(const Block& block, Flow& flow);
  // What a `generation` block writes.
  Flow generate(const Block& block);
  Rendering take_rendering() { return {std::move(output_), std::move(generated_)}; }

  // Failure when the steps are used up.
  void step(int64_t count = 1);
  // A text of that size is about to be made.
  void make_text(size_t bytes);

  int line = 0;  // of the node that is evaluated

 private:
  void check_text(size_t bytes) const;

  Limits limits_;
  int64_t steps_ = 0;
  int depth_ = 0;
  int captures_ = 0;  // that are going on
  std::string output_;
  std::vector<Rendering::Span> generated_;
  std::vector<std::unordered_map<std::string, Value>> scopes_;
};

}  // namespace lmos::chat
