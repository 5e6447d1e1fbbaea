// The graph of a BERT encoder (Devlin et al. 2019): norms after the residual sums.
#include "heads.h"
#include "model.h"

namespace lmos::bert {

namespace {

using sdk::Axis;
using sdk::GraphBuilder;
using sdk::Value;
namespace nn = sdk::nn;

// What every layer of one graph reads.
struct Shared {
  const Architecture& architecture;
  GraphBuilder& graph;
  const sdk::EncoderInputs& inputs;
  nn::DropoutSites& sites;

  Axis embed() const { return {"embed", architecture.embed}; }
  nn::Linear linear(const std::string& name, Axis out, Axis in) const {
    return {name, out, in, true, architecture.init_scale};
  }
  // norm(x + dropout(branch))
  Value joined(const std::string& name, Value x, Value branch) const {
    const nn::LayerNorm norm = {name, embed(), architecture.norm_epsilon};
    return norm(graph, graph.add(sites.drop(branch, architecture.dropout), x));
  }
};

// x [tokens, embed] -> [tokens, embed]
Value attention(const Shared& shared, const std::string& name, Value x) {
  GraphBuilder& graph = shared.graph;
  const nn::Heads heads = shared.architecture.attention_heads();
  const auto project = [&](const char* projection) {
    return shared.linear(name + projection, heads.query_axis(), shared.embed())(graph, x);
  };
  const Value q = project(".self.query"), k = project(".self.key"), v = project(".self.value");
  sdk::AttentionOptions options = {.scale = 0,
                                   .causal = false,
                                   .sequence = shared.inputs.sequence(),
                                   .segments = shared.inputs.segments()};
  shared.sites.drop(options, shared.architecture.attention_dropout);
  const Value y = nn::attend(graph, q, k, v, shared.inputs.tokens(), heads, options, nullptr);
  return shared.linear(name + ".output.dense", shared.embed(), heads.query_axis())(graph, y);
}

// x [tokens, embed] -> [tokens, embed]
Value layer(const Shared& shared, const std::string& name, Value x) {
  const Axis width = {"mlp", shared.architecture.mlp};
  Value y = attention(shared, name + ".attention", x);
  x = shared.joined(name + ".attention.output.LayerNorm", x, y);
  y = nn::mlp(shared.graph, x, shared.linear(name + ".intermediate.dense", width, shared.embed()),
              shared.architecture.activation.function,
              shared.linear(name + ".output.dense", shared.embed(), width));
  return shared.joined(name + ".output.LayerNorm", x, y);
}

// [tokens, embed]
Value embeddings(const Shared& shared) {
  const Architecture& a = shared.architecture;
  GraphBuilder& graph = shared.graph;
  const std::string name = "bert.embeddings.";
  const nn::Embedding types = {
      name + "token_type_embeddings", {"token_types", a.token_types}, shared.embed(), a.init_scale};
  const nn::Embedding positions = {
      name + "position_embeddings", {"context", a.context}, shared.embed(), a.init_scale};
  Value x = word_embeddings(a)(graph, shared.inputs.input_ids());
  x = graph.add(x, types(graph, shared.inputs.token_types()));
  x = graph.add(x, positions(graph, shared.inputs.positions()));
  x = nn::LayerNorm{name + "LayerNorm", shared.embed(), a.norm_epsilon}(graph, x);
  return shared.sites.drop(x, a.dropout);
}

}  // namespace

void Bert::build(GraphBuilder& graph, std::string_view name, bool training) const {
  const sdk::EncoderTask task(name);
  sdk::EncoderInputs inputs(graph);
  nn::DropoutSites sites(graph, training);
  const Shared shared = {architecture_, graph, inputs, sites};
  Value x = embeddings(shared);
  for (int64_t i = 0; i < architecture_.layers; ++i) {
    const std::string block = "layer." + std::to_string(i);
    graph.begin_block(block);
    x = layer(shared, "bert.encoder." + block, x);
    graph.end_block();
  }
  add_head(architecture_, graph, task, inputs, sites, x);
}

}  // namespace lmos::bert
