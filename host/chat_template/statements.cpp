#include "chat_template/statements.h"

#include <optional>

#include "chat_template/evaluator.h"
#include "chat_template/failure.h"

namespace lmos::chat {
namespace {

template <class Execute>
class Node : public Statement {
 public:
  Node(int at, Execute execute) : Statement(at), execute_(std::move(execute)) {}
  Flow execute(Evaluator& evaluator) const override { return execute_(evaluator); }

 private:
  Execute execute_;
};
template <class Execute>
StatementPtr node(int line, Execute execute) {
  return std::make_unique<Node<Execute>>(line, std::move(execute));
}

Value captured(Evaluator& evaluator, const Block& body, Filter filter,
               const ArgumentList& arguments, Flow& flow) {
  Evaluator::Scope scope(evaluator);
  const Value text = evaluator.capture(body, flow);
  return filter == nullptr ? text : filter(evaluator, text, arguments.evaluate(evaluator));
}

// What `loop` holds in the body of a loop; the functions know the place of the element.
class LoopFunction : public Callable {
 public:
  LoopFunction(int64_t index, bool cycle, std::shared_ptr<std::optional<std::string>> last)
      : index_(index), cycle_(cycle), last_(std::move(last)) {}
  Value call(Evaluator&, const Arguments& arguments) const override {
    if (cycle_) {
      if (arguments.positional.empty()) throw Failure("loop.cycle needs values");
      return arguments.positional[static_cast<size_t>(index_ % std::ssize(arguments.positional))];
    }
    std::string now = Value(List{.items = arguments.positional}).repr();
    const bool same = *last_ == now;
    *last_ = std::move(now);
    return !same;
  }

 private:
  int64_t index_;
  bool cycle_;
  std::shared_ptr<std::optional<std::string>> last_;  // that `changed` was given, as text
};

Value loop_state(const std::vector<Value>& items, int64_t index,
                 const std::shared_ptr<std::optional<std::string>>& last) {
  const int64_t count = std::ssize(items);
  Dict state;
  const auto add = [&](const char* name, Value value) {
    state.items.emplace_back(name, std::move(value));
  };
  add("index", index + 1);
  add("index0", index);
  add("revindex", count - index);
  add("revindex0", count - index - 1);
  add("first", index == 0);
  add("last", index + 1 == count);
  add("length", count);
  add("depth", int64_t{1});
  add("depth0", int64_t{0});
  if (index > 0) add("previtem", items[static_cast<size_t>(index - 1)]);
  if (index + 1 < count) add("nextitem", items[static_cast<size_t>(index + 1)]);
  for (const bool cycle : {true, false})
    add(cycle ? "cycle" : "changed",
        std::shared_ptr<const Callable>(std::make_shared<LoopFunction>(index, cycle, last)));
  return state;
}

Flow run_loop(Evaluator& evaluator, const Loop& loop) {
  std::vector<Value> items = items_of(loop.sequence->evaluate(evaluator));
  if (loop.condition != nullptr) {
    std::vector<Value> taken;
    for (Value& item : items) {
      Evaluator::Scope scope(evaluator);
      loop.target.assign(evaluator, item);
      if (loop.condition->evaluate(evaluator).truth()) taken.push_back(std::move(item));
    }
    items = std::move(taken);
  }
  const auto last = std::make_shared<std::optional<std::string>>();
  for (int64_t i = 0; i < std::ssize(items); ++i) {
    evaluator.step();
    Evaluator::Scope scope(evaluator);
    evaluator.set("loop", loop_state(items, i, last));
    loop.target.assign(evaluator, items[static_cast<size_t>(i)]);
    if (loop.body.execute(evaluator) == Flow::kBreak) return Flow::kNormal;
  }
  if (!items.empty()) return Flow::kNormal;
  Evaluator::Scope scope(evaluator);
  return loop.otherwise.execute(evaluator);
}

class Macro : public Callable {
 public:
  explicit Macro(const MacroDefinition& definition) : definition_(definition) {}

  Value call(Evaluator& evaluator, const Arguments& arguments) const override {
    const auto& parameters = definition_.parameters;
    if (arguments.positional.size() > parameters.size())
      throw Failure("`" + definition_.name + "` takes " + std::to_string(parameters.size()) +
                    " values at most");
    Evaluator::MacroScope scope(evaluator);
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto& [name, otherwise] = parameters[i];
      if (const Value* given = arguments.find(i, name))
        evaluator.set(name, *given);
      else
        evaluator.set(
            name, otherwise == nullptr ? Value(Undefined{name}) : otherwise->evaluate(evaluator));
    }
    if (const Value* caller = arguments.find(SIZE_MAX, "caller")) evaluator.set("caller", *caller);
    Flow flow{};
    return evaluator.capture(definition_.body, flow);
  }

 private:
  const MacroDefinition& definition_;  // of the template, which outlives a rendering
};

// The block of a {% call %}, with the variables of where it stands.
class CallerBlock : public Callable {
 public:
  explicit CallerBlock(const Block& body) : body_(body) {}
  Value call(Evaluator& evaluator, const Arguments&) const override {
    Evaluator::MacroScope scope(evaluator);
    Flow flow{};
    return evaluator.capture(body_, flow);
  }

 private:
  const Block& body_;
};

}  // namespace

StatementPtr make_text(int line, std::string text) {
  return node(line, [text = std::move(text)](Evaluator& e) {
    e.write(text);
    return Flow::kNormal;
  });
}

StatementPtr make_output(int line, ExpressionPtr value) {
  return node(line, [value = std::move(value)](Evaluator& e) {
    e.write(value->evaluate(e).str());
    return Flow::kNormal;
  });
}

StatementPtr make_set(int line, Target target, ExpressionPtr value) {
  return node(line, [target = std::move(target), value = std::move(value)](Evaluator& e) {
    target.assign(e, value->evaluate(e));
    return Flow::kNormal;
  });
}

StatementPtr make_set_block(int line, Target target, Block body, Filter filter,
                            ArgumentList arguments) {
  return node(line, [target = std::move(target), body = std::move(body), filter,
                     arguments = std::move(arguments)](Evaluator& e) {
    Flow flow{};
    target.assign(e, captured(e, body, filter, arguments, flow));
    return flow;
  });
}

StatementPtr make_filter_block(int line, Block body, Filter filter, ArgumentList arguments) {
  return node(line,
              [body = std::move(body), filter, arguments = std::move(arguments)](Evaluator& e) {
                Flow flow{};
                e.write(captured(e, body, filter, arguments, flow).str());
                return flow;
              });
}

StatementPtr make_if(int line, std::vector<Branch> branches) {
  return node(line, [branches = std::move(branches)](Evaluator& e) {
    for (const Branch& branch : branches)
      if (branch.condition == nullptr || branch.condition->evaluate(e).truth())
        return branch.body.execute(e);
    return Flow::kNormal;
  });
}

StatementPtr make_for(int line, Loop loop) {
  return node(line, [loop = std::move(loop)](Evaluator& e) { return run_loop(e, loop); });
}

StatementPtr make_flow(int line, Flow flow) {
  return node(line, [flow](Evaluator&) { return flow; });
}

StatementPtr make_macro(int line, MacroDefinition definition) {
  return node(line, [definition = std::move(definition)](Evaluator& e) {
    e.set(definition.name, std::shared_ptr<const Callable>(std::make_shared<Macro>(definition)));
    return Flow::kNormal;
  });
}

StatementPtr make_call_block(int line, ExpressionPtr callee, ArgumentList arguments, Block body) {
  return node(line, [callee = std::move(callee), arguments = std::move(arguments),
                     body = std::move(body)](Evaluator& e) {
    const Value function = callee->evaluate(e);
    if (function.callable() == nullptr) throw Failure("{% call %} needs a macro");
    Arguments given = arguments.evaluate(e);
    given.named.emplace_back("caller",
                             std::shared_ptr<const Callable>(std::make_shared<CallerBlock>(body)));
    e.write(function.callable()->call(e, given).str());
    return Flow::kNormal;
  });
}

StatementPtr make_generation(int line, Block body) {
  return node(line, [body = std::move(body)](Evaluator& e) { return e.generate(body); });
}

}  // namespace lmos::chat
