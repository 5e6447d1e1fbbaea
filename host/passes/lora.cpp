#include "passes/lora.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "errors/error.h"
#include "graph/op.h"
#include "passes/random_sites.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

constexpr std::string_view kWeight = ".weight";
enum Operand : size_t { kX, kW };

// The module whose weight a value is, perhaps cast; empty if it is none.
std::string module_of(const Graph& graph, ValueId value) {
  while (graph.value(value).kind == graph::ValueKind::kNode) {
    const Node& node = graph.nodes[graph.value(value).node];
    if (node.op->name != "cast") return "";
    value = node.inputs[0];
  }
  const std::string& name = graph.value(value).name;
  if (graph.value(value).kind != graph::ValueKind::kParameter || !name.ends_with(kWeight))
    return "";
  return name.substr(0, name.size() - kWeight.size());
}

std::string module_of(const Graph& graph, const Node& node) {
  const bool linear = node.op->name == "linear" || node.op->name == "linear_quantized" ||
                      node.op->name == "linear_compact";
  return linear ? module_of(graph, node.inputs[kW]) : "";
}

class Adapting {
 public:
  Adapting(const Graph& source, const LoraModules& modules, double dropout)
      : source_(source),
        modules_(modules),
        dropout_(dropout),
        rewriter_(source),
        site_(first_free_site(source)) {}

  Graph run() {
    if (dropout_ > 0) state_ = random_state(rewriter_.builder());
    for (const Node& node : source_.nodes) {
      const auto module = modules_.find(module_of(source_, node));
      if (module == modules_.end()) {
        rewriter_.copy(node);
        continue;
      }
      adapt(node, module->first, module->second);
      found_.insert(module->first);
    }
    for (const auto& [name, module] : modules_)
      if (!found_.contains(name))
        throw Error(ErrorKind::kConfiguration,
                    "the model has no linear layer `" + name + "` that could be adapted");
    return rewriter_.finish();
  }

 private:
  ValueId matrix(const std::string& name, std::vector<int64_t> dims, graph::Init init,
                 lmos_dtype compute) {
    const graph::Parameter parameter{
        .name = name,
        .axes = std::vector<std::string>(2),
        .init = init,
        .init_scale = 1 / std::sqrt(3.0 * static_cast<double>(dims[1])),
        .decay = true};
    graph::Builder& b = rewriter_.builder();
    return b.cast(b.parameter(parameter, {LMOS_F32, std::move(dims)}), compute);
  }

  void adapt(const Node& node, const std::string& name, const LoraModule& module) {
    graph::Builder& b = rewriter_.builder();
    b.set_block(node.block);
    const ValueId plain =
        b.node(node.op->name, rewriter_.map(node.inputs), node.attributes).front();
    ValueId x = rewriter_.map(node.inputs[kX]);
    const lmos_dtype compute = b.type(x).dtype;
    const int64_t in = b.type(x).dims.back(), out = b.type(plain).dims.back();
    if (dropout_ > 0) x = b.one("dropout", {x, state_}, {{"rate", dropout_}, {"site", site_++}});
    const ValueId down =
        matrix(lora_parameter(name, "lora_A"), {module.rank, in}, graph::Init::kNormal, compute);
    const ValueId up =
        matrix(lora_parameter(name, "lora_B"), {out, module.rank}, graph::Init::kZeros, compute);
    const ValueId narrow = b.one("linear", {x, down});
    const graph::TensorType type = b.type(narrow);
    const ValueId scale = b.broadcast(b.constant(module.scale, {compute, {}}), type.dims);
    const ValueId added = b.one("linear", {b.mul(narrow, scale), up});
    rewriter_.replace(node.outputs.front(), b.add(plain, added));
  }

  const Graph& source_;
  const LoraModules& modules_;
  double dropout_;
  Rewriter rewriter_;
  int64_t site_;
  ValueId state_ = kNoValue;
  std::set<std::string_view> found_;
};

}  // namespace

std::map<std::string, bool, std::less<>> linear_modules(const Graph& graph) {
  std::map<std::string, bool, std::less<>> modules;
  for (const Node& node : graph.nodes)
    if (const std::string module = module_of(graph, node); !module.empty())
      modules[module] = node.attributes.integer("transposed") != 0;
  return modules;
}

std::string lora_parameter(std::string_view module, std::string_view matrix) {
  return "base_model.model." + std::string(module) + "." + std::string(matrix) + ".weight";
}

Graph add_lora(const Graph& graph, const LoraModules& modules, double dropout) {
  return Adapting(graph, modules, dropout).run();
}

Graph freeze(const Graph& graph, const Graph& base) {
  Graph result = graph;
  for (const graph::Parameter& parameter : graph.parameters) {
    if (base.find_parameter(parameter.name) == nullptr) continue;
    result.values[parameter.value].kind = graph::ValueKind::kState;
    result.states.push_back(parameter.value);
  }
  std::erase_if(result.parameters, [&](const graph::Parameter& parameter) {
    return base.find_parameter(parameter.name) != nullptr;
  });
  return result;
}

}  // namespace lmos::passes
