// global_norm, adamw.
#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_global_norm(const Node& node) {
  node.expect(!node.inputs().empty() && node.outputs().size() == 1, "an input and one output");
  node.expect(node.output(0).dtype == LMOS_F32 && node.output(0).rank() == 0,
              "a scalar f32 output");
  for (const Tensor& g : node.inputs()) node.expect(g.is_float(), "float inputs");
  return {[gradients = node.inputs()](const Operands& operands) {
    double squares = 0;
    for (size_t n = 0; n < gradients.size(); ++n) {
      FloatReader g(operands[n], gradients[n].dtype);
      for (int64_t i = 0; i < gradients[n].elements; ++i) squares += g[i] * g[i];
    }
    *operands.as<float>(gradients.size()) = static_cast<float>(std::sqrt(squares));
  }};
}

Kernel prepare_adamw(const Node& node) {
  node.expect_operands(6, 0, 0);
  const Tensor& parameter = node.input(0);
  for (size_t i = 0; i < 4; ++i) {
    node.expect(node.input(i).is_float() && node.input(i).dims == parameter.dims,
                "parameter, m, v and gradient of one shape and float dtypes");
  }
  node.expect(node.input(4).dtype == LMOS_F32 && node.input(4).dims == std::vector<int64_t>{7},
              "f32 hyper [7]");
  node.expect(node.input(5).dtype == LMOS_F32 && node.input(5).rank() == 0, "a scalar f32 clip");
  bool decay = node.integer("decay") != 0;
  Kernel kernel{[decay, types = node.inputs()](const Operands& operands) {
    const float* hyper = operands.as<float>(4);
    double lr = hyper[0], beta1 = hyper[1], beta2 = hyper[2], epsilon = hyper[3],
           weight_decay = hyper[4];
    double correction1 = hyper[5], correction2 = hyper[6];  // 1 − β1ᵗ, 1 − β2ᵗ
    double clip = *operands.as<float>(5);
    if (!std::isfinite(clip)) return;
    auto read = [&](size_t n) { return FloatReader(operands[n], types[n].dtype); };
    auto write = [&](size_t n) { return FloatWriter(operands[n], types[n].dtype); };
    FloatReader old_p = read(0), old_m = read(1), old_v = read(2), gradient = read(3);
    FloatWriter new_p = write(0), new_m = write(1), new_v = write(2);
    for (int64_t i = 0; i < types[0].elements; ++i) {
      double g = clip * gradient[i];
      double p = old_p[i];
      if (decay) p -= lr * weight_decay * p;
      double m = beta1 * old_m[i] + (1 - beta1) * g;
      double v = beta2 * old_v[i] + (1 - beta2) * g * g;
      p -= lr / correction1 * m / (std::sqrt(v) / std::sqrt(correction2) + epsilon);
      new_p.set(i, p);
      new_m.set(i, m);
      new_v.set(i, v);
    }
  }};
  kernel.states = {0, 1, 2};
  return kernel;
}

}  // namespace lmos::reference
