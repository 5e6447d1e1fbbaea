#include "backend_node/movement.h"

#include <map>

namespace lmos::backend_node {
namespace {

using Steps = std::vector<int64_t>;

Steps steps_of(std::span<const int64_t> dims) {
  Steps steps(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) steps[i - 1] = steps[i] * dims[i];
  return steps;
}

Steps copy_of(std::span<const int64_t> dims) { return {dims.begin(), dims.end()}; }

// y[index] = x[base + Σ index · steps] for each index of y.
Movement gather(const Tensor& y, Steps steps, int64_t base) {
  return {
      y.element_bytes, false, {{0, base, 0, copy_of(y.dims), std::move(steps), steps_of(y.dims)}}};
}

int64_t axis_of(const Node& node, const Tensor& x) {
  const int64_t axis = node.integer("axis");
  node.require(axis >= 0 && axis < x.rank(), "an axis of the input");
  return axis;
}

// Whether x and y have one dtype and differ along the axis at most.
bool agree_but_along(const Tensor& x, const Tensor& y, int64_t axis) {
  bool agree = x.dtype == y.dtype && x.rank() == y.rank();
  for (int64_t i = 0; agree && i < x.rank(); ++i) agree = i == axis || x.dims[i] == y.dims[i];
  return agree;
}

Movement broadcast(const Node& node) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  node.require(x.dtype == y.dtype && x.rank() <= y.rank(),
               "an output of at least the input's rank");
  const Steps own = steps_of(x.dims);
  Steps steps(y.dims.size(), 0);
  const int64_t leading = y.rank() - x.rank();
  for (int64_t i = 0; i < x.rank(); ++i) {
    node.require(x.dims[i] == 1 || x.dims[i] == y.dims[leading + i],
                 "input dims that are 1 or equal the output's");
    steps[leading + i] = x.dims[i] == 1 ? 0 : own[i];
  }
  return gather(y, std::move(steps), 0);
}

Movement reshape(const Node& node) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  node.require(x.dtype == y.dtype && x.elements == y.elements, "as many elements of one dtype");
  return {y.element_bytes, false, {{0, 0, 0, {y.elements}, {1}, {1}}}};
}

Movement transpose(const Node& node) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const std::span<const int64_t> permutation = node.integers("permutation");
  node.require(x.dtype == y.dtype && x.rank() == y.rank() && permutation.size() == x.dims.size(),
               "a permutation of the input's axes");
  const Steps own = steps_of(x.dims);
  Steps steps;
  uint32_t seen = 0;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const int64_t axis = permutation[i];
    node.require(
        axis >= 0 && axis < x.rank() && (seen >> axis & 1u) == 0 && y.dims[i] == x.dims[axis],
        "a permutation of the input's axes");
    seen |= 1u << axis;
    steps.push_back(own[axis]);
  }
  return gather(y, std::move(steps), 0);
}

Movement slice(const Node& node) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const int64_t axis = axis_of(node, x);
  const int64_t begin = node.integer("begin"), end = node.integer("end");
  node.require(0 <= begin && begin <= end && end <= x.dims[axis] && agree_but_along(x, y, axis) &&
                   y.dims[axis] == end - begin,
               "a range of the axis, and an output of its size");
  Steps steps = steps_of(x.dims);
  const int64_t base = begin * steps[axis];
  return gather(y, std::move(steps), base);
}

Movement pad(const Node& node) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const int64_t axis = axis_of(node, x);
  const int64_t before = node.integer("before"), after = node.integer("after");
  node.require(before >= 0 && after >= 0 && agree_but_along(x, y, axis) &&
                   y.dims[axis] - before - after == x.dims[axis],
               "an output of before + size + after along the axis");
  const Steps steps = steps_of(y.dims);
  return {y.element_bytes,
          true,
          {{0, 0, before * steps[axis], copy_of(x.dims), steps_of(x.dims), steps}}};
}

Movement concat(const Node& node) {
  node.require(node.inputs() >= 1 && node.outputs() == 1, "an input and one output");
  const Tensor y = node.output(0);
  const int64_t axis = axis_of(node, y);
  const Steps steps = steps_of(y.dims);
  Movement movement{y.element_bytes, false, {}};
  int64_t position = 0;
  for (size_t i = 0; i < node.inputs(); ++i) {
    const Tensor x = node.input(i);
    node.require(agree_but_along(x, y, axis), "inputs that differ along the axis only");
    movement.parts.push_back(
        {i, 0, position * steps[axis], copy_of(x.dims), steps_of(x.dims), steps});
    position += x.dims[axis];
  }
  node.require(position == y.dims[axis], "an output of the inputs' sum along the axis");
  return movement;
}

}  // namespace

Movement movement_of(const Node& node) {
  static const std::map<std::string_view, Movement (*)(const Node&)> movements = {
      {"broadcast", broadcast}, {"reshape", reshape}, {"transpose", transpose},
      {"slice", slice},         {"pad", pad},         {"concat", concat}};
  const auto found = movements.find(node.op());
  node.require(found != movements.end(), "an operation that only moves elements");
  return found->second(node);
}

}  // namespace lmos::backend_node
