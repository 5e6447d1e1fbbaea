#include "graph/tiny_model.h"

#include <string>

#include "graph/builder.h"

namespace lmos::test {
namespace {

using graph::ValueId;

constexpr int64_t kHeads = 4;
constexpr int64_t kKvHeads = 2;
constexpr int64_t kHeadDim = 4;
constexpr int64_t kMlp = 12;

class Emitter {
 public:
  Emitter(graph::Graph& graph, const TinyModel& options)
      : b_(graph),
        options_(options),
        tokens_(options.symbolic ? b_.symbol("tokens") : options.tokens),
        sequence_(options.symbolic ? b_.symbol("sequence") : options.sequence) {}

  void run() {
    const ValueId ids = b_.input("ids", per_token());
    positions_ = b_.input("positions", per_token());
    if (options_.segments) segments_ = b_.input("segments", per_token());
    if (options_.dropout) random_ = b_.input("random", {LMOS_I64, {2}});
    frequencies_ = b_.one("constant", {},
                          {{"shape", std::vector<int64_t>{kHeadDim / 2}},
                           {"dtype", LMOS_F32},
                           {"values", std::vector<double>{1, 0.1}}});
    ValueId x = b_.one("gather_rows", {matrix("embed", kTinyVocab, kTinyEmbed), ids});
    for (int64_t layer = 0; layer < options_.layers; ++layer) {
      b_.begin_block("layer." + std::to_string(layer));
      x = block(x, "layer." + std::to_string(layer) + ".");
      b_.end_block();
    }
    x = norm(x, "norm");
    if (!options_.loss) {
      b_.output("hidden", x);
      return;
    }
    const ValueId labels = b_.input("labels", per_token());
    const auto loss = b_.node("linear_cross_entropy",
                              std::vector{x, matrix("embed", kTinyVocab, kTinyEmbed), labels},
                              {{"ignore", -100}});
    b_.output("loss", loss[0]);
  }

 private:
  graph::TensorType per_token() const { return {LMOS_I32, {tokens_}}; }

  ValueId parameter(const std::string& name, std::vector<int64_t> dims) {
    return b_.parameter({.name = name, .init = graph::Init::kNormal, .init_scale = 0.02},
                        {options_.storage, std::move(dims)});
  }

  ValueId matrix(const std::string& name, int64_t rows, int64_t columns) {
    return b_.cast(parameter(name, {rows, columns}), options_.compute);
  }

  ValueId norm(ValueId x, const std::string& name) {
    return b_.node("rms_norm", std::vector{x, parameter(name, {kTinyEmbed})},
                   {{"epsilon", 1e-5}})[0];
  }

  ValueId linear(ValueId x, const std::string& name, int64_t in, int64_t out) {
    return b_.one("linear", {x, matrix(name, out, in)});
  }

  ValueId heads(ValueId x, const std::string& name, int64_t count, bool rotate) {
    const ValueId y =
        b_.reshape(linear(x, name, kTinyEmbed, count * kHeadDim), {tokens_, count, kHeadDim});
    return rotate ? b_.one("rope", {y, positions_, frequencies_}) : y;
  }

  ValueId block(ValueId x, const std::string& name) {
    const ValueId h = norm(x, name + "norm1");
    const ValueId q = heads(h, name + "q", kHeads, true);
    const ValueId k = heads(h, name + "k", kKvHeads, true);
    const ValueId v = heads(h, name + "v", kKvHeads, false);
    const ValueId attended = b_.node("attention", std::vector{q, k, v, segments_},
                                     {{"scale", 0.5}, {"causal", 1}, {"sequence", sequence_}})[0];
    const ValueId joined = b_.reshape(attended, {tokens_, kHeads * kHeadDim});
    x = b_.add(x, dropped(linear(joined, name + "o", kHeads * kHeadDim, kTinyEmbed)));
    const ValueId m = norm(x, name + "norm2");
    const ValueId hidden = b_.one("swiglu", {linear(m, name + "gate", kTinyEmbed, kMlp),
                                             linear(m, name + "up", kTinyEmbed, kMlp)});
    return b_.add(x, dropped(linear(hidden, name + "down", kMlp, kTinyEmbed)));
  }

  ValueId dropped(ValueId x) {
    if (!options_.dropout) return x;
    return b_.one("dropout", {x, random_}, {{"rate", 0.25}, {"site", site_++}});
  }

  graph::Builder b_;
  TinyModel options_;
  int64_t tokens_, sequence_, site_ = 0;
  ValueId positions_ = graph::kNoValue, segments_ = graph::kNoValue, random_ = graph::kNoValue,
          frequencies_ = graph::kNoValue;
};

}  // namespace

graph::Graph tiny_model(const TinyModel& options) {
  graph::Graph graph;
  Emitter(graph, options).run();
  return graph;
}

}  // namespace lmos::test
