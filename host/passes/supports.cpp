#include "passes/supports.h"

#include <string>
#include <vector>

#include "graph/builder.h"

namespace lmos::passes {
namespace {

// A graph of one node. Its operands are states, which any operand may be.
class Trial {
 public:
  void add_operand(const graph::TensorType& type) {
    operands_.push_back(builder_.state(std::to_string(operands_.size()), type));
  }
  void add_absent_operand() { operands_.push_back(graph::kNoValue); }

  bool supported(const Supports& supports, std::string_view op,
                 const graph::Attributes& attributes) {
    builder_.node(op, operands_, attributes);
    return supports(graph_, graph_.nodes[0]);
  }

 private:
  graph::Graph graph_;
  graph::Builder builder_{graph_};
  std::vector<graph::ValueId> operands_;
};

}  // namespace

bool supports_new(const Supports& supports, std::string_view op,
                  std::span<const graph::TensorType> operands,
                  const graph::Attributes& attributes) {
  Trial trial;
  for (const graph::TensorType& type : operands) trial.add_operand(type);
  return trial.supported(supports, op, attributes);
}

bool supports_new(const Supports& supports, const graph::Graph& graph, std::string_view op,
                  std::span<const graph::ValueId> operands, const graph::Attributes& attributes) {
  Trial trial;
  for (const graph::ValueId id : operands) {
    if (id == graph::kNoValue) {
      trial.add_absent_operand();
    } else {
      trial.add_operand(graph.type(id));
    }
  }
  return trial.supported(supports, op, attributes);
}

}  // namespace lmos::passes
