// A whole model plugin: predicts the next token from the last one alone, by a gated MLP over its
// embedding.
//
//   model: {plugin: bigram, embed: 64, mlp: 128}
#include "llmasos/causal_lm.hpp"
#include "llmasos/field.hpp"
#include "llmasos/model.hpp"
#include "llmasos/nn.hpp"
#include "llmasos/plugin.hpp"

namespace {

using lmos::sdk::Axis;
using lmos::sdk::CausalLm;
using lmos::sdk::Config;
using lmos::sdk::ConfigWriter;
using lmos::sdk::Field;
using lmos::sdk::GraphBuilder;
using lmos::sdk::Value;
namespace nn = lmos::sdk::nn;

// 1. The fields of the pipeline's `model` section. The host checks them and fills in the defaults.
constexpr lmos_field kFields[] = {
    Field::integer("embed", "Width of a token's embedding.").required().minimum(1),
    Field::integer("mlp", "Width of the gated MLP.").required().minimum(1),
    Field::number("init_scale", "Standard deviation of initial weights.")
        .otherwise("0.02")
        .minimum(0),
};

// The `model_type` in the config.json of its checkpoints.
constexpr std::string_view kModelType = "bigram";
constexpr lmos_string kModelTypes[] = {lmos::sdk::borrow(kModelType)};

class Bigram : public lmos::sdk::CausalLmModel {
 public:
  Bigram(int64_t vocab, int64_t context, int64_t embed, int64_t mlp, double init_scale)
      : vocab_(vocab), context_(context), embed_(embed), mlp_(mlp), init_scale_(init_scale) {}

  // 2. From the section, and from a config.json.
  static std::unique_ptr<Bigram> create(const Config& section, int64_t vocab_size,
                                        int64_t context) {
    return std::make_unique<Bigram>(vocab_size, context, section.require("embed").as_int(),
                                    section.require("mlp").as_int(),
                                    section.float_or("init_scale", 0.02));
  }
  static std::unique_ptr<Bigram> from_hugging_face(const Config& config) {
    return std::make_unique<Bigram>(
        config.require("vocab_size").as_int(), config.require("max_position_embeddings").as_int(),
        config.require("hidden_size").as_int(), config.require("intermediate_size").as_int(),
        config.float_or("initializer_range", 0.02));
  }
  void write_hugging_face(ConfigWriter& writer, std::string_view /*task*/) const {
    writer.put_string("model_type", kModelType);
    writer.put_int("vocab_size", vocab_);
    writer.put_int("max_position_embeddings", context_);
    writer.put_int("hidden_size", embed_);
    writer.put_int("intermediate_size", mlp_);
    writer.put_float("initializer_range", init_scale_);
  }

  int64_t vocab_size() const { return vocab_; }
  int64_t context() const { return context_; }

  // 3. The graph of a task. The host differentiates it, places it on devices and shards it.
  void build(GraphBuilder& graph, std::string_view task, bool /*training*/) const {
    CausalLm lm(graph, task);
    const Axis embed = {"embed", embed_}, mlp = {"mlp", mlp_}, vocab = {"vocab", vocab_};

    const Value table = graph.parameter({.name = "embedding.weight",
                                         .axes = {vocab, embed},
                                         .init_scale = init_scale_,
                                         .product = false});
    Value x = graph.cast(graph.gather_rows(table, lm.input_ids()), graph.compute_dtype());

    graph.begin_block("mlp");
    const Value y =
        nn::gated_mlp(graph, nn::RmsNorm{"mlp.norm", embed, 1e-5}(graph, x),
                      nn::Linear{"mlp.gate", mlp, embed, false, init_scale_}, nn::Activation::kSilu,
                      nn::Linear{"mlp.up", mlp, embed, false, init_scale_},
                      nn::Linear{"mlp.down", embed, mlp, false, init_scale_});
    x = graph.add(x, y);
    graph.end_block();

    x = nn::RmsNorm{"norm", embed, 1e-5}(graph, lm.wanted_rows(x));
    const Value head =
        graph.parameter({.name = "head.weight", .axes = {vocab, embed}, .init_scale = init_scale_});
    lm.finish(x, head);
  }

 private:
  int64_t vocab_, context_, embed_, mlp_;
  double init_scale_;
};

// 4. The plugin: its interfaces, and what it says of itself.
constexpr lmos_model_interface kModel = lmos::sdk::model_interface<Bigram>(kFields, kModelTypes);
constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_MODEL_ID, &kModel}};
constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "bigram",
    .version = "0.1.0",
    .description = "Predicts the next token from the last one",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
