// global_norm, adamw.
#include <cmath>

#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_global_norm(const Node& node, const Machine& machine) {
  node.require(node.inputs() >= 1 && node.outputs() == 1, "an input and one output");
  node.require(node.output(0).dtype == LMOS_F32 && node.output(0).elements == 1,
               "a scalar f32 output");
  struct Part {
    cpu::Float type;
    int64_t count, first_piece;
  };
  std::vector<Part> parts;
  int64_t pieces = 0;
  for (size_t i = 0; i < node.inputs(); ++i) {
    const Tensor gradient = node.input(i);
    node.require(gradient.is_float(), "f32, bf16 or f16 inputs");
    parts.push_back({float_type(gradient), gradient.elements, pieces});
    pieces += (gradient.elements + cpu::kNormPiece - 1) / cpu::kNormPiece;
  }
  return {[=, kernel = machine.kernels.optimizer.sum_of_squares](const Run& run) {
            double* partial = run.scratch<double>();
            for (size_t i = 0; i < parts.size(); ++i) {
              kernel(run.parallel,
                     {parts[i].type, parts[i].count, run[i], partial + parts[i].first_piece});
            }
            double squares = 0;
            for (int64_t i = 0; i < pieces; ++i) squares += partial[i];
            *run.as<float>(parts.size()) = static_cast<float>(std::sqrt(squares));
          },
          pieces * 8};
}

Prepared prepare_adamw(const Node& node, const Machine& machine) {
  node.require_operands(6, 0, 0);
  const Tensor parameter = node.input(0), m = node.input(1), v = node.input(2);
  const Tensor gradient = node.input(3), hyper = node.input(4), clip = node.input(5);
  node.require(parameter.is_float() && m.is_float() && gradient.is_float() && m.same_type(v) &&
                   m.same_dims(parameter) && gradient.same_dims(parameter),
               "f32, bf16 or f16 parameter, moments and gradient of one shape");
  node.require(hyper.dtype == LMOS_F32 && hyper.has_dims({7}) && clip.dtype == LMOS_F32 &&
                   clip.elements == 1,
               "f32 hyper [7] and a scalar f32 clip");
  return {.run =
              [kernel = machine.kernels.optimizer.adamw, parameter_type = float_type(parameter),
               moment_type = float_type(m), gradient_type = float_type(gradient),
               decay = node.integer("decay") != 0, count = parameter.elements](const Run& run) {
                kernel(run.parallel,
                       {parameter_type, moment_type, gradient_type, decay, count, run[0], run[1],
                        run[2], run[3], run.as<float>(4), run.as<float>(5)});
              },
          .states = {0, 1, 2}};
}

}  // namespace lmos::backend_cpu
