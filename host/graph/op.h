// What an operation is. Each lives in one file of graph/ops and is listed once, in graph/ops/all.cpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace lmos::graph {

class Builder;  // graph/builder.h

// Arguments of the shape rule. inputs[i].dtype is 0 for an absent optional operand.
struct InferContext {
  std::string_view op;
  std::span<const TensorType> inputs;
  const Attributes& attributes;
};

// Arguments of a VJP: the node, and the cotangent of each output (kNoValue: zero).
struct VjpContext {
  Builder& builder;
  const Node& node;
  std::span<const ValueId> output_gradients;
  std::span<const bool> wanted;  // per input: whether its gradient is needed
};

enum class AttributeKind { kInt, kFloat, kInts, kFloats };

struct AttributeRule {
  std::string_view name;
  AttributeKind kind;
  bool required = true;
};

struct Op {
  std::string_view name;
  uint32_t required_inputs = 0;
  uint32_t optional_inputs = 0;  // after the required ones
  bool variadic = false;         // any number of inputs, at least required_inputs
  std::vector<AttributeRule> attributes;
  std::vector<uint32_t> states;  // inputs that are changed in place

  // Types of the outputs; throws kInternal with op, operand and shapes when the inputs do not fit.
  std::vector<TensorType> (*infer)(const InferContext&) = nullptr;
  // Gradients of the inputs (kNoValue where none flows: integers, unwanted). Null if `not_differentiable` says why.
  std::vector<ValueId> (*vjp)(const VjpContext&) = nullptr;
  std::string_view not_differentiable;
  // Emits the same computation from primitives and returns the outputs; null for primitives.
  std::vector<ValueId> (*decompose)(Builder&, const Node&) = nullptr;
  // Multiply-adds count two. Null: one per output element.
  double (*flops)(const Graph&, const Node&) = nullptr;
};

// All operations, in the order of docs/ops.md.
std::span<const Op* const> all_ops();
// Null if there is none of that name.
const Op* find_op(std::string_view name);

}  // namespace lmos::graph
