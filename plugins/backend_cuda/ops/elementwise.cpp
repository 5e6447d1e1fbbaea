// Elementwise functions of one, two and three operands, and conversions between dtypes.
#include "cuda/elementwise/elementwise.h"

#include <map>

#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_unary(const Node& node, const Device&) {
  using cuda::Unary;
  static const std::map<std::string_view, Unary> functions = {
      {"neg", Unary::neg},   {"exp", Unary::exp},     {"log", Unary::log},
      {"sqrt", Unary::sqrt}, {"rsqrt", Unary::rsqrt}, {"sigmoid", Unary::sigmoid},
      {"tanh", Unary::tanh}, {"erf", Unary::erf},     {"sin", Unary::sin},
      {"cos", Unary::cos}};
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0);
  node.require((x.is_float() || x.dtype == LMOS_F64) && x.same_type(node.output(0)),
               "floats of one type");
  return {[op = functions.at(node.op()), type = scalar_type(x), count = x.elements](
              const Run& run) { cuda::unary(run.stream, op, type, count, run[0], run[1]); }};
}

Prepared prepare_binary(const Node& node, const Device&) {
  using cuda::Binary;
  static const std::map<std::string_view, Binary> functions = {
      {"add", Binary::add}, {"sub", Binary::sub},         {"mul", Binary::mul},
      {"div", Binary::div}, {"minimum", Binary::minimum}, {"maximum", Binary::maximum}};
  node.require_operands(2, 0, 1);
  const Tensor a = node.input(0);
  node.require(a.same_type(node.input(1)) && a.same_type(node.output(0)), "operands of one type");
  return {
      [op = functions.at(node.op()), type = scalar_type(a), count = a.elements](const Run& run) {
        cuda::binary(run.stream, op, type, count, run[0], run[1], run[2]);
      }};
}

Prepared prepare_compare(const Node& node, const Device&) {
  node.require_operands(2, 0, 1);
  const Tensor a = node.input(0), y = node.output(0);
  node.require(a.same_type(node.input(1)) && a.same_dims(y) && y.dtype == LMOS_I32,
               "inputs of one type and an i32 output of their shape");
  const cuda::Compare op = node.op() == "equal" ? cuda::Compare::equal : cuda::Compare::less;
  return {[op, type = scalar_type(a), count = a.elements](const Run& run) {
    cuda::compare(run.stream, op, type, count, run[0], run[1], run.as<int32_t>(2));
  }};
}

Prepared prepare_select(const Node& node, const Device&) {
  node.require_operands(3, 0, 1);
  const Tensor condition = node.input(0), y = node.output(0);
  node.require(condition.dtype == LMOS_I32 && condition.same_dims(y) &&
                   node.input(1).same_type(y) && node.input(2).same_type(y),
               "an i32 condition and operands of the output's type");
  return {[bytes = y.element_bytes, count = y.elements](const Run& run) {
    cuda::select(run.stream, bytes, count, run.as<int32_t>(0), run[1], run[2], run[3]);
  }};
}

namespace {

// Converts operand `from` into operand `to`.
Prepared convert(const Tensor& x, size_t from, const Tensor& y, size_t to, bool accumulate) {
  return {[=, from_type = scalar_type(x), to_type = scalar_type(y),
           count = x.elements](const Run& run) {
    cuda::convert(run.stream, accumulate, from_type, to_type, count, run[from], run[to]);
  }};
}

Prepared change_state(const Node& node, bool accumulate) {
  node.require_operands(2, 0, 0);
  node.require(node.input(0).same_dims(node.input(1)), "a state and a value of one shape");
  return convert(node.input(1), 1, node.input(0), 0, accumulate);
}

}  // namespace

Prepared prepare_cast(const Node& node, const Device&) {
  node.require_operands(1, 0, 1);
  node.require(node.input(0).same_dims(node.output(0)), "an output of the input's shape");
  return convert(node.input(0), 0, node.output(0), 1, false);
}

Prepared prepare_assign(const Node& node, const Device&) { return change_state(node, false); }

Prepared prepare_accumulate(const Node& node, const Device&) { return change_state(node, true); }

}  // namespace lmos::backend_cuda
