// What an operation is. Each lives in one file of graph/ops and is listed once, in
// graph/ops/all.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace lmos::graph {

class Builder;  // graph/builder.h

// Arguments of the shape rule. There is one entry an operand; inputs[i].dtype is 0 for an absent
// optional one.
struct InferContext {
  const Graph& graph;  // names the symbols in errors
  size_t node;         // the index that the node has or will have
  const Op& op;
  std::span<const TensorType> inputs;
  const Attributes& attributes;
};

// Arguments of a VJP: the node, and the cotangent of each output (kNoValue: zero; at least one is
// present).
struct VjpContext {
  Builder& builder;
  const Node& node;
  std::span<const ValueId> output_gradients;
  std::span<const bool> wanted;  // per input: whether its gradient is needed
};

// In the order of the alternatives of Attribute.
enum class AttributeKind { kInt, kFloat, kInts, kFloats };

enum class Presence {
  kRequired,
  kZero,      // the builder adds it as 0 where it is absent (kInt only)
  kOptional,  // absent means what docs/ops.md says
};

struct AttributeRule {
  std::string_view name;
  AttributeKind kind;
  Presence presence = Presence::kRequired;
};

struct Op {
  std::string_view name;
  std::vector<std::string_view> operands;  // names as in docs/ops.md; of a variadic op, one for all
  uint32_t optional_inputs = 0;            // of these, at the end
  bool variadic = false;                   // one input or more
  std::vector<AttributeRule> attributes;
  std::vector<uint32_t> states;  // inputs that are changed in place

  // Types of the outputs; throws kInternal with op, operand and shapes when the inputs do not fit.
  std::vector<TensorType> (*infer)(const InferContext&) = nullptr;
  // Gradients of the inputs (kNoValue where none flows: integers, unwanted). Null if
  // `not_differentiable` says why.
  std::vector<ValueId> (*vjp)(const VjpContext&) = nullptr;
  std::string_view not_differentiable;
  // Emits the same computation from simpler ops, in the end primitives, and returns the outputs.
  // Null for primitives. Reads only the node's operands and attributes. Shapes that the result
  // depends on must be numbers: throws kInternal if they are symbols.
  std::vector<ValueId> (*decompose)(Builder&, const Node&) = nullptr;
  // Of a primitive that a setting asks for: what to do where the backend has no kernel for it.
  // Empty: choose another dtype or backend.
  std::string_view without_kernel;
  // Multiply-adds count two. Null: one for each element of the first output.
  double (*flops)(const Graph&, const Node&) = nullptr;

  bool primitive() const { return decompose == nullptr; }
  uint32_t required_inputs() const {
    return static_cast<uint32_t>(operands.size()) - optional_inputs;
  }
};

// All operations, in the order of docs/ops.md.
std::span<const Op* const> all_ops();
// Null if there is none of that name.
const Op* find_op(std::string_view name);

// Checks operand count, attributes, states and shapes of a node, and returns the types of its
// outputs. `inputs` and `attributes` are complete: normalize was called. `index`: of the node, for
// errors.
std::vector<TensorType> infer_types(const Graph& graph, size_t index, const Op& op,
                                    std::span<const ValueId> inputs, const Attributes& attributes);
// Adds kNoValue for optional operands left out at the end, and the attributes that are 0 by
// default.
void normalize(const Op& op, std::vector<ValueId>& inputs, Attributes& attributes);

// Floating point operations of a node, or of the whole graph. Throws kInternal where symbols are
// not bound.
double flops(const Graph& graph, const Node& node);
double flops(const Graph& graph);

}  // namespace lmos::graph
