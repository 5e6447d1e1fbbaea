// The graph of a GPT-2 decoder (Radford et al. 2019), with the weights laid out as transformers'
// Conv1D lays them out, [in, out].
#include "llmasos/causal_lm.hpp"
#include "model.h"

namespace lmos::gpt2 {

namespace {

using sdk::Axis;
using sdk::GraphBuilder;
using sdk::Value;
namespace nn = sdk::nn;

// What every layer of one graph reads.
struct Shared {
  const Architecture& architecture;
  GraphBuilder& graph;
  const sdk::CausalLm& lm;
  nn::DropoutSites& sites;

  Axis embed() const { return {"embed", architecture.embed}; }
  // Projections into the residual stream start smaller, so that its variance does not grow with
  // depth.
  double residual_scale() const {
    return architecture.init_scale / std::sqrt(2.0 * static_cast<double>(architecture.layers));
  }
  nn::Linear conv(const std::string& name, Axis out, Axis in, double init_scale) const {
    return {name, out, in, true, init_scale, true};
  }
  nn::LayerNorm norm(const std::string& name) const {
    return {name, embed(), architecture.norm_epsilon};
  }
};

// x [tokens, embed] -> [tokens, embed]
Value attention(const Shared& shared, const std::string& name, int64_t layer, Value x) {
  const Architecture& a = shared.architecture;
  GraphBuilder& graph = shared.graph;
  const nn::Heads heads = a.attention_heads();
  const Axis fused = {"heads", 3 * a.embed};  // queries, then keys, then values
  const Value qkv = shared.conv(name + ".c_attn", fused, shared.embed(), a.init_scale)(graph, x);
  const auto part = [&](int64_t i) { return graph.slice(qkv, 1, i * a.embed, (i + 1) * a.embed); };
  const Value q = part(0), k = part(1), v = part(2);
  sdk::AttentionOptions options = {.scale = 1,
                                   .causal = true,
                                   .sequence = shared.lm.sequence(),
                                   .segments = shared.lm.segments()};
  if (a.scale_attention) options.scale /= std::sqrt(static_cast<double>(heads.head_dim));
  if (a.scale_by_inverse_layer) options.scale /= static_cast<double>(layer + 1);
  shared.sites.drop(options, a.attention_dropout);
  const Value y = nn::attend(graph, q, k, v, shared.lm.tokens(), heads, options, nullptr);
  return shared.conv(name + ".c_proj", shared.embed(), heads.query_axis(), shared.residual_scale())(
      graph, y);
}

// x [tokens, embed] -> [tokens, embed]
Value layer(const Shared& shared, const std::string& name, int64_t index, Value x) {
  const Architecture& a = shared.architecture;
  GraphBuilder& graph = shared.graph;
  const Axis width = {"mlp", a.mlp};
  Value y = shared.norm(name + ".ln_1")(graph, x);
  y = attention(shared, name + ".attn", index, y);
  x = graph.add(x, shared.sites.drop(y, a.residual_dropout));
  y = shared.norm(name + ".ln_2")(graph, x);
  y = nn::mlp(graph, y, shared.conv(name + ".mlp.c_fc", width, shared.embed(), a.init_scale),
              a.activation.function,
              shared.conv(name + ".mlp.c_proj", shared.embed(), width, shared.residual_scale()));
  return graph.add(x, shared.sites.drop(y, a.residual_dropout));
}

}  // namespace

void Gpt2::build(GraphBuilder& graph, std::string_view task, bool training) const {
  const Architecture& a = architecture_;
  sdk::CausalLm lm(graph, task);
  nn::DropoutSites sites(graph, training);
  const Shared shared = {a, graph, lm, sites};

  const Axis vocab = {"vocab", a.vocab};
  const nn::Embedding tokens = {"transformer.wte", vocab, shared.embed(), a.init_scale, a.tied};
  const nn::Embedding positions = {
      "transformer.wpe", {"context", a.context}, shared.embed(), a.init_scale};
  Value x = graph.add(tokens(graph, lm.input_ids()), positions(graph, lm.positions()));
  x = sites.drop(x, a.embed_dropout);
  for (int64_t i = 0; i < a.layers; ++i) {
    const std::string name = "h." + std::to_string(i);
    graph.begin_block(name);
    x = layer(shared, "transformer." + name, i, x);
    graph.end_block();
  }
  x = shared.norm("transformer.ln_f")(graph, lm.wanted_rows(x));
  const nn::Linear head = {"lm_head", vocab, shared.embed(), false, a.init_scale};
  lm.finish(x, a.tied ? tokens.weight(graph) : head.weight(graph));
}

}  // namespace lmos::gpt2
