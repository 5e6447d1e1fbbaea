#include "infer/generation_plan.h"

#include "graph/op.h"
#include "passes/compact_weights.h"
#include "runtime/compile.h"

namespace lmos::infer {

GenerationPlan plan_generation(runtime::Device& device, const graph::Graph& logits,
                               const CacheShape& shape) {
  GenerationPlan plan;
  for (const graph::Parameter& parameter : logits.parameters) {
    const graph::TensorType& type = logits.type(parameter.value);
    if (parameter.part_of.empty()) plan.parameters += passes::plain_type(type).elements();
    plan.weights += type.bytes();
  }
  const graph::Graph cached = with_cache(device, logits, shape);
  for (const graph::ValueId state : cached.states) plan.cache += cached.type(state).bytes();
  const auto prefill =
      runtime::compile(device, cached, {{"tokens", shape.batch_tokens()}, {"rows", 1}});
  const auto decode = runtime::compile(device, cached, {{"tokens", 1}, {"rows", 1}});
  plan.activations = prefill->plan().arena_bytes + decode->plan().arena_bytes;
  plan.flops_per_token = graph::flops(decode->graph());
  return plan;
}

}  // namespace lmos::infer
