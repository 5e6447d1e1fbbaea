#include "chat_template/evaluator.h"

#include "chat_template/builtins.h"
#include "chat_template/failure.h"

namespace lmos::chat {

Evaluator::Evaluator(const Json& variables, const Limits& limits) : limits_(limits) {
  scopes_.push_back(global_functions());
  scopes_.emplace_back();
  if (const Value values = Value::from(variables); values.dict() != nullptr)
    for (const auto& [name, value] : values.dict()->items) scopes_.back()[name.str()] = value;
}

Value Evaluator::variable(const std::string& name) const {
  for (size_t i = scopes_.size(); i-- > 0;)
    if (const auto found = scopes_[i].find(name); found != scopes_[i].end()) return found->second;
  return Undefined{name};
}

Evaluator::MacroScope::MacroScope(Evaluator& evaluator) : evaluator_(evaluator) {
  if (++evaluator_.depth_ > evaluator_.limits_.depth) {
    --evaluator_.depth_;
    throw Failure("macros call each other more than " + std::to_string(evaluator_.limits_.depth) +
                  " deep");
  }
  auto& scopes = evaluator_.scopes_;
  caller_.assign(std::make_move_iterator(scopes.begin() + 2),
                 std::make_move_iterator(scopes.end()));
  scopes.resize(2);
  scopes.emplace_back();
}

Evaluator::MacroScope::~MacroScope() {
  auto& scopes = evaluator_.scopes_;
  scopes.resize(2);
  scopes.insert(scopes.end(), std::make_move_iterator(caller_.begin()),
                std::make_move_iterator(caller_.end()));
  --evaluator_.depth_;
}

void Evaluator::write(std::string_view text) {
  check_text(output_.size() + text.size());
  step(static_cast<int64_t>(text.size() / 64));
  output_ += text;
}

std::string Evaluator::capture(const Block& block, Flow& flow) {
  std::string outer = std::move(output_);
  output_.clear();
  ++captures_;
  try {
    flow = block.execute(*this);
  } catch (...) {
    --captures_;
    output_ = std::move(outer);
    throw;
  }
  --captures_;
  outer.swap(output_);
  return outer;
}

Flow Evaluator::generate(const Block& block) {
  const size_t begin = output_.size();
  const Flow flow = block.execute(*this);
  if (captures_ == 0) generated_.push_back({begin, output_.size()});
  return flow;
}

void Evaluator::step(int64_t count) {
  steps_ += count;
  if (steps_ > limits_.steps)
    throw Failure("the template takes more than " + std::to_string(limits_.steps) + " steps");
}

void Evaluator::check_text(size_t bytes) const {
  if (bytes > static_cast<size_t>(limits_.output_bytes))
    throw Failure("the template makes a text of more than " + std::to_string(limits_.output_bytes) +
                  " bytes");
}

void Evaluator::make_text(size_t bytes) {
  check_text(bytes);
  step(static_cast<int64_t>(bytes / 64));
}

Flow Block::execute(Evaluator& evaluator) const {
  for (const auto& statement : statements) {
    evaluator.line = statement->line;
    evaluator.step();
    if (const Flow flow = statement->execute(evaluator); flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Arguments ArgumentList::evaluate(Evaluator& evaluator) const {
  Arguments arguments;
  for (const ExpressionPtr& expression : positional)
    arguments.positional.push_back(expression->evaluate(evaluator));
  for (const auto& [name, expression] : named)
    arguments.named.emplace_back(name, expression->evaluate(evaluator));
  return arguments;
}

void Target::assign(Evaluator& evaluator, const Value& value) const {
  if (!parts.empty()) {
    const std::vector<Value> items = items_of(value);
    if (items.size() != parts.size())
      throw Failure(std::to_string(items.size()) + " values for " + std::to_string(parts.size()) +
                    " names");
    for (size_t i = 0; i < parts.size(); ++i) parts[i].assign(evaluator, items[i]);
  } else if (attribute.empty()) {
    evaluator.set(name, value);
  } else {
    const Value space = evaluator.variable(name);
    if (space.name_space() == nullptr) throw Failure("`" + name + "` is no namespace");
    if (value.holds_namespace()) throw Failure("a namespace can't hold a namespace");
    (*space.name_space())->members.set(attribute, value);
  }
}

}  // namespace lmos::chat
