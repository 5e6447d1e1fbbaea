// global_norm, adamw.
#include "cuda/optimizer/optimizer.h"

#include <vector>

#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_global_norm(const Node& node, const Device&) {
  node.require(node.inputs() >= 1 && node.outputs() == 1, "an input and one output");
  node.require(node.output(0).dtype == LMOS_F32 && node.output(0).elements == 1,
               "a scalar f32 output");
  std::vector<cuda::NormPart> parts;
  std::vector<int64_t> counts;
  for (size_t i = 0; i < node.inputs(); ++i) {
    const Tensor gradient = node.input(i);
    node.require(gradient.is_float(), "f32, bf16 or f16 inputs");
    parts.push_back({nullptr, gradient.elements, float_type(gradient)});
    counts.push_back(gradient.elements);
  }
  return {[parts](const Run& run) mutable {
            for (size_t i = 0; i < parts.size(); ++i) parts[i].data = run[i];
            cuda::global_norm(run.stream, parts, run.as<float>(parts.size()), run.scratch());
          },
          cuda::global_norm_scratch_bytes(counts)};
}

Prepared prepare_adamw(const Node& node, const Device&) {
  node.require_operands(6, 0, 0);
  const Tensor parameter = node.input(0), m = node.input(1), v = node.input(2);
  const Tensor gradient = node.input(3), hyper = node.input(4), clip = node.input(5);
  node.require(parameter.is_float() && m.is_float() && gradient.is_float() && m.same_type(v) &&
                   m.same_dims(parameter) && gradient.same_dims(parameter),
               "f32, bf16 or f16 parameter, moments and gradient of one shape");
  node.require(hyper.dtype == LMOS_F32 && hyper.has_dims({7}) && clip.dtype == LMOS_F32 &&
                   clip.elements == 1,
               "f32 hyper [7] and a scalar f32 clip");
  return {[parameter_type = float_type(parameter), moment_type = float_type(m),
           gradient_type = float_type(gradient), decay = node.integer("decay") != 0,
           count = parameter.elements](const Run& run) {
    cuda::adamw(run.stream, {parameter_type, moment_type, gradient_type, decay, count, run[0],
                             run[1], run[2], run[3], run.as<float>(4), run.as<float>(5)});
  }};
}

}  // namespace lmos::backend_cuda
