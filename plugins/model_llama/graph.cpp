// The graph of a LLaMA decoder (Touvron et al. 2023), with dropout where nanoGPT has it.
#include "llmasos/causal_lm.hpp"
#include "model.h"

namespace lmos::llama {

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
  nn::Rotation rotation;
  nn::DropoutSites& sites;

  Axis embed() const { return {"embed", architecture.embed}; }
  // Projections into the residual stream start smaller, so that its variance does not grow with
  // depth.
  double residual_scale() const {
    return architecture.init_scale / std::sqrt(2.0 * static_cast<double>(architecture.layers));
  }
  Value dropped(Value x) const { return sites.drop(x, architecture.dropout); }
  nn::RmsNorm norm(const std::string& name) const {
    return {name, embed(), architecture.norm_epsilon};
  }
};

// x [tokens, embed] -> [tokens, embed]
Value attention(const Shared& shared, const std::string& name, Value x) {
  const Architecture& a = shared.architecture;
  GraphBuilder& graph = shared.graph;
  const nn::Heads heads = a.attention_heads();
  const auto project = [&](const char* projection, Axis out) {
    return nn::Linear{name + projection, out, shared.embed(), a.attention_bias, a.init_scale}(graph,
                                                                                              x);
  };
  const Value q = project(".q_proj", heads.query_axis());
  const Value k = project(".k_proj", heads.key_axis());
  const Value v = project(".v_proj", heads.key_axis());
  const Value y = nn::attend(graph, q, k, v, shared.lm.tokens(), heads,
                             {.scale = 0,
                              .causal = true,
                              .sequence = shared.lm.sequence(),
                              .segments = shared.lm.segments()},
                             &shared.rotation);
  return nn::Linear{name + ".o_proj", shared.embed(), heads.query_axis(), a.attention_bias,
                    shared.residual_scale()}(graph, y);
}

// x [tokens, embed] -> [tokens, embed]
Value mlp(const Shared& shared, const std::string& name, Value x) {
  const Architecture& a = shared.architecture;
  const Axis width = {"mlp", a.mlp};
  return nn::gated_mlp(
      shared.graph, x,
      nn::Linear{name + ".gate_proj", width, shared.embed(), a.mlp_bias, a.init_scale},
      a.activation.function,
      nn::Linear{name + ".up_proj", width, shared.embed(), a.mlp_bias, a.init_scale},
      nn::Linear{name + ".down_proj", shared.embed(), width, a.mlp_bias, shared.residual_scale()});
}

// x [tokens, embed] -> [tokens, embed]
Value layer(const Shared& shared, const std::string& name, Value x) {
  GraphBuilder& graph = shared.graph;
  Value y = shared.norm(name + ".input_layernorm")(graph, x);
  y = attention(shared, name + ".self_attn", y);
  x = graph.add(x, shared.dropped(y));
  y = shared.norm(name + ".post_attention_layernorm")(graph, x);
  y = mlp(shared, name + ".mlp", y);
  return graph.add(x, shared.dropped(y));
}

Value rope_frequencies(GraphBuilder& graph, const Architecture& a) {
  const std::vector<double> values = a.rope.frequencies(a.head_dim);
  const int64_t shape[] = {a.head_dim / 2};
  return graph.constant(LMOS_F32, shape, values);
}

}  // namespace

void Llama::build(GraphBuilder& graph, std::string_view task, bool training) const {
  const Architecture& a = architecture_;
  sdk::CausalLm lm(graph, task);
  nn::DropoutSites sites(graph, training);
  const Shared shared = {a, graph, lm, {lm.positions(), rope_frequencies(graph, a)}, sites};

  const Axis vocab = {"vocab", a.vocab};
  const nn::Embedding embedding = {"model.embed_tokens", vocab, shared.embed(), a.init_scale,
                                   a.tied};
  Value x = shared.dropped(embedding(graph, lm.input_ids()));
  for (int64_t i = 0; i < a.layers; ++i) {
    const std::string name = "layers." + std::to_string(i);
    graph.begin_block(name);
    x = layer(shared, "model." + name, x);
    graph.end_block();
  }
  x = shared.norm("model.norm")(graph, lm.wanted_rows(x));
  const nn::Linear head = {"lm_head", vocab, shared.embed(), false, a.init_scale};
  lm.finish(x, a.tied ? embedding.weight(graph) : head.weight(graph));
}

}  // namespace lmos::llama
