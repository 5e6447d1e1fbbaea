// Elementwise functions of one, two and three operands.
#include <map>

#include "ops/element_types.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_unary(const Node& node, const Machine& machine) {
  static const std::map<std::string_view, cpu::Unary> functions = {
      {"neg", cpu::Unary::neg},   {"exp", cpu::Unary::exp},     {"log", cpu::Unary::log},
      {"sqrt", cpu::Unary::sqrt}, {"rsqrt", cpu::Unary::rsqrt}, {"sigmoid", cpu::Unary::sigmoid},
      {"tanh", cpu::Unary::tanh}, {"erf", cpu::Unary::erf},     {"sin", cpu::Unary::sin},
      {"cos", cpu::Unary::cos}};
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0);
  node.require(x.is_float() && x.same_type(node.output(0)), "f32, bf16 or f16 of one type");
  return {[kernel = machine.kernels.elementwise.unary, op = functions.at(node.op()),
           type = float_type(x), count = x.elements](const Run& run) {
    kernel(run.parallel, {op, type, count, run[0], run[1]});
  }};
}

Prepared prepare_binary(const Node& node, const Machine& machine) {
  static const std::map<std::string_view, cpu::Binary> functions = {
      {"add", cpu::Binary::add},         {"sub", cpu::Binary::sub},
      {"mul", cpu::Binary::mul},         {"div", cpu::Binary::div},
      {"minimum", cpu::Binary::minimum}, {"maximum", cpu::Binary::maximum}};
  node.require_operands(2, 0, 1);
  const Tensor a = node.input(0);
  const cpu::Binary op = functions.at(node.op());
  node.require(a.same_type(node.input(1)) && a.same_type(node.output(0)), "operands of one type");
  if (a.is_float()) {
    return {[op, kernel = machine.kernels.elementwise.binary, type = float_type(a),
             count = a.elements](const Run& run) {
      kernel(run.parallel, {op, type, count, run[0], run[1], run[2]});
    }};
  }
  node.require(a.dtype == LMOS_F64 || op != cpu::Binary::div, "floats to divide");
  return {[op, type = scalar_type(a), count = a.elements](const Run& run) {
    cpu::scalar_binary(run.parallel, {op, type, count, run[0], run[1], run[2]});
  }};
}

Prepared prepare_compare(const Node& node, const Machine&) {
  node.require_operands(2, 0, 1);
  const Tensor a = node.input(0), y = node.output(0);
  node.require(a.same_type(node.input(1)) && a.same_dims(y) && y.dtype == LMOS_I32,
               "inputs of one type and an i32 output of their shape");
  const cpu::Compare op = node.op() == "equal" ? cpu::Compare::equal : cpu::Compare::less;
  return {[op, type = scalar_type(a), count = a.elements](const Run& run) {
    cpu::compare(run.parallel, {op, type, count, run[0], run[1], run.as<int32_t>(2)});
  }};
}

Prepared prepare_select(const Node& node, const Machine&) {
  node.require_operands(3, 0, 1);
  const Tensor condition = node.input(0), y = node.output(0);
  node.require(condition.dtype == LMOS_I32 && condition.same_dims(y) &&
                   node.input(1).same_type(y) && node.input(2).same_type(y),
               "an i32 condition and operands of the output's type");
  return {[bytes = y.element_bytes, count = y.elements](const Run& run) {
    cpu::select(run.parallel, {bytes, count, run.as<int32_t>(0), run[1], run[2], run[3]});
  }};
}

}  // namespace lmos::backend_cpu
