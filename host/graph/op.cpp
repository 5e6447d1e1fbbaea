#include "graph/op.h"

#include <algorithm>
#include <map>
#include <string>

#include "errors/error.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::string place(size_t index, const Op& op) {
  return "node " + std::to_string(index) + ", " + std::string(op.name) + ": ";
}

std::vector<TensorType> operand_types(const Graph& graph, size_t index, const Op& op,
                                      std::span<const ValueId> inputs) {
  if (op.variadic ? inputs.empty() : inputs.size() != op.operands.size()) {
    throw Error(ErrorKind::kInternal,
                place(index, op) + "takes " +
                    (op.variadic ? "one operand or more"
                                 : std::to_string(op.operands.size()) + " operands") +
                    ", not " + std::to_string(inputs.size()));
  }
  std::vector<TensorType> types;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == kNoValue && !op.variadic && i >= op.required_inputs()) {
      types.emplace_back();
    } else if (inputs[i] >= graph.values.size()) {
      throw Error(ErrorKind::kInternal,
                  place(index, op) + "operand " + std::string(operand_name(op, i)) +
                      (inputs[i] == kNoValue ? " is absent" : " is not a value of the graph"));
    } else {
      types.push_back(graph.type(inputs[i]));
    }
  }
  return types;
}

// Whether every symbol in the attribute is one of the graph's.
bool symbols_exist(const Graph& graph, const Attribute& attribute) {
  const auto exists = [&](int64_t number) {
    return !LMOS_IS_SYMBOL(number) ||
           static_cast<size_t>(number - INT64_MIN) < graph.symbols.size();
  };
  if (const auto* number = std::get_if<int64_t>(&attribute)) return exists(*number);
  const auto* numbers = std::get_if<std::vector<int64_t>>(&attribute);
  return !numbers || std::all_of(numbers->begin(), numbers->end(), exists);
}

void check_attributes(const InferContext& context) {
  static constexpr std::string_view kKinds[] = {"an int", "a float", "a list of ints",
                                                "a list of floats"};
  for (const AttributeRule& rule : context.op.attributes) {
    const auto found = context.attributes.all().find(rule.name);
    const auto kind = static_cast<size_t>(rule.kind);
    if (found == context.attributes.all().end()) {
      require(context, rule.presence == Presence::kOptional,
              "attribute " + std::string(rule.name) + " is absent");
    } else {
      require(context, found->second.index() == kind,
              "attribute " + std::string(rule.name) + " must be " + std::string(kKinds[kind]));
    }
  }
  for (const auto& [name, value] : context.attributes.all()) {
    require(context,
            std::any_of(context.op.attributes.begin(), context.op.attributes.end(),
                        [&name = name](const AttributeRule& rule) { return rule.name == name; }),
            "there is no attribute " + name);
    require(context, symbols_exist(context.graph, value),
            "attribute " + name + " has a symbol that the graph does not have");
  }
}

void check_states(const InferContext& context, std::span<const ValueId> inputs) {
  for (uint32_t operand : context.op.states) {
    const ValueKind kind = context.graph.value(inputs[operand]).kind;
    require(context, kind == ValueKind::kParameter || kind == ValueKind::kState,
            std::string(operand_name(context.op, operand)) +
                " is changed in place, so it must be a parameter or a state of the graph");
  }
}

}  // namespace

const Op* find_op(std::string_view name) {
  static const auto by_name = [] {
    std::map<std::string_view, const Op*> map;
    for (const Op* op : all_ops()) map.emplace(op->name, op);
    return map;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

void normalize(const Op& op, std::vector<ValueId>& inputs, Attributes& attributes) {
  if (!op.variadic && inputs.size() >= op.required_inputs() && inputs.size() < op.operands.size()) {
    inputs.resize(op.operands.size(), kNoValue);
  }
  for (const AttributeRule& rule : op.attributes) {
    if (rule.presence == Presence::kZero && !attributes.has(rule.name)) {
      attributes.set(rule.name, int64_t{0});
    }
  }
}

std::vector<TensorType> infer_types(const Graph& graph, size_t index, const Op& op,
                                    std::span<const ValueId> inputs, const Attributes& attributes) {
  const auto types = operand_types(graph, index, op, inputs);
  const InferContext context{graph, index, op, types, attributes};
  check_attributes(context);
  check_states(context, inputs);
  auto outputs = op.infer(context);
  for (const TensorType& type : outputs) {
    require(context, type.rank() <= LMOS_MAX_RANK,
            "the result would have rank " + std::to_string(type.rank()));
  }
  return outputs;
}

}  // namespace lmos::graph
