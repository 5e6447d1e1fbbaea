#include "backends/op_case.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

// SplitMix64: good enough for operands, and the same everywhere.
uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// In (0, 1).
double draw(int64_t index, uint64_t seed) {
  return (static_cast<double>(mix(mix(seed) + static_cast<uint64_t>(index)) >> 11) + 0.5) * 0x1p-53;
}

lmos_dtype concrete(lmos_dtype dtype, lmos_dtype main) {
  if (dtype == kMain) return main;
  if (dtype == kStatistic) return main == LMOS_F64 ? LMOS_F64 : LMOS_F32;
  return dtype;
}

graph::Attributes concrete(graph::Attributes attributes, lmos_dtype main) {
  if (attributes.has("dtype")) {
    auto dtype = static_cast<lmos_dtype>(attributes.integer("dtype"));
    attributes.set("dtype", int64_t{concrete(dtype, main)});
  }
  return attributes;
}

HostTensor make_input(const CaseInput& input, uint64_t seed, lmos_dtype main, lmos_dtype rounding) {
  graph::TensorType rounded{concrete(input.dtype, rounding), input.dims};
  std::vector<double> numbers(static_cast<size_t>(rounded.elements()));
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = input.fill(static_cast<int64_t>(i), seed);
  }
  return make_tensor({concrete(input.dtype, main), input.dims},
                     values_of(make_tensor(rounded, numbers)));
}

}  // namespace

Fill normal(double scale, double mean) {
  return [=](int64_t i, uint64_t seed) {
    double radius = std::sqrt(-2 * std::log(draw(2 * i, seed)));
    return mean + scale * radius * std::cos(2 * std::numbers::pi * draw(2 * i + 1, seed));
  };
}
Fill uniform(double low, double high) {
  return [=](int64_t i, uint64_t seed) { return low + (high - low) * draw(i, seed); };
}
Fill positive() { return uniform(0.1, 2); }
Fill ids(int64_t limit) {
  return [=](int64_t i, uint64_t seed) {
    return std::floor(draw(i, seed) * static_cast<double>(limit));
  };
}
Fill labels(int64_t limit, int64_t ignore) {
  return [=, id = ids(limit)](int64_t i, uint64_t seed) {
    return i % 5 == 4 ? static_cast<double>(ignore) : id(i, seed);
  };
}
Fill segments(int64_t length) {
  return [=](int64_t i, uint64_t) { return static_cast<double>(i / length); };
}
Fill counting(int64_t first, int64_t period) {
  return [=](int64_t i, uint64_t) { return static_cast<double>(first + i % period); };
}
Fill values(std::vector<double> list) {
  return [=](int64_t i, uint64_t) { return list[static_cast<size_t>(i) % list.size()]; };
}

ConcreteCase one_node(const std::string& op, std::vector<HostTensor> operands,
                      graph::Attributes attributes) {
  ConcreteCase result;
  graph::Builder builder(result.graph);
  const std::vector<uint32_t>& states = graph::find_op(op)->states;
  std::vector<graph::ValueId> ids;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::string name = "operand" + std::to_string(i);
    if (operands[i].type.dtype == 0) {
      ids.push_back(graph::kNoValue);
    } else if (std::ranges::count(states, static_cast<uint32_t>(i)) > 0) {
      ids.push_back(builder.state(name, operands[i].type));
    } else {
      ids.push_back(builder.input(name, operands[i].type));
    }
  }
  std::vector<graph::ValueId> outputs = builder.node(op, ids, std::move(attributes));
  for (size_t i = 0; i < outputs.size(); ++i) {
    builder.output("output" + std::to_string(i), outputs[i]);
  }
  // The builder may complete the operands with absent ones.
  operands.resize(result.graph.nodes[0].inputs.size());
  result.operands = std::move(operands);
  return result;
}

ConcreteCase make_concrete(
    const OpCase& op_case, lmos_dtype main, lmos_dtype rounding,
    const std::function<std::vector<HostTensor>(const ConcreteCase&)>& forward) {
  std::vector<HostTensor> pool;
  for (const CaseInput& input : op_case.inputs) {
    pool.push_back(make_input(input, pool.size() + 1, main, rounding));
  }
  auto pick = [&](const std::vector<size_t>& indices) {
    std::vector<HostTensor> picked;
    for (size_t i : indices) picked.push_back(i == kAbsent ? HostTensor{} : pool[i]);
    return picked;
  };
  if (op_case.forward) {
    const Forward& f = *op_case.forward;
    // In the rounding dtype, so that every run of the case sees the same y and statistics.
    std::vector<HostTensor> rounded = pick(f.operands);
    for (size_t i = 0; i < rounded.size(); ++i) {
      if (f.operands[i] == kAbsent) continue;
      lmos_dtype dtype = concrete(op_case.inputs[f.operands[i]].dtype, rounding);
      rounded[i] = make_tensor({dtype, rounded[i].type.dims}, values_of(rounded[i]));
    }
    auto outputs = forward(one_node(f.op, rounded, concrete(f.attributes, rounding)));
    for (const HostTensor& output : outputs) {
      lmos_dtype statistic = concrete(kStatistic, rounding);
      lmos_dtype dtype = output.type.dtype == statistic && statistic != rounding
                             ? concrete(kStatistic, main)
                             : main;
      pool.push_back(make_tensor({dtype, output.type.dims}, values_of(output)));
    }
  }
  std::vector<size_t> order = op_case.operands;
  if (order.empty()) {
    for (size_t i = 0; i < op_case.inputs.size(); ++i) order.push_back(i);
  }
  return one_node(op_case.op, pick(order), concrete(op_case.attributes, main));
}

std::vector<OpCase> all_cases() {
  std::vector<OpCase> all;
  for (auto family : {primitive_cases, layout_cases, product_cases, block_cases, attention_cases,
                      loss_cases, update_cases}) {
    for (OpCase& op_case : family()) all.push_back(std::move(op_case));
  }
  return all;
}

}  // namespace lmos::test
