#include "passes/kv_cache.h"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/interpreter.h"
#include "graph/op.h"
#include "graph/tiny_model.h"
#include "graph/verify.h"
#include "passes/decompose.h"
#include "passes/fuse.h"

namespace lmos::test {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::ValueId;

// Two sequences of up to three pages of four tokens.
constexpr passes::PagedCache kCache{
    .pages = 6, .page_tokens = 4, .sequences = 2, .sequence_pages = 3};

Graph symbolic_model() { return tiny_model({.symbolic = true, .segments = true, .loss = false}); }

HostTensor ints(const std::vector<double>& values) {
  return make_tensor({LMOS_I32, {static_cast<int64_t>(values.size())}}, values);
}

// Some tokens of the sequences, run with and into the caches of `memory`. Returns the hidden rows,
// one a token.
std::vector<double> advance(const Graph& cached, NamedTensors& memory,
                            const std::vector<double>& ids, const std::vector<double>& sequences,
                            const std::vector<double>& positions) {
  const Graph bound = graph::bind(cached, {{"tokens", static_cast<int64_t>(ids.size())}});
  memory["ids"] = ints(ids);
  memory["sequences"] = ints(sequences);
  memory["positions"] = ints(positions);
  for (const auto& [name, tensor] : interpret(bound, memory)) memory[name] = tensor;
  return values_of(memory.at("hidden"));
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-5) << i;
}

// Rows `begin` … `end` - 1 of the whole sequences' result.
std::vector<double> rows(const std::vector<double>& hidden, int64_t begin, int64_t end) {
  return {hidden.begin() + begin * kTinyEmbed, hidden.begin() + end * kTinyEmbed};
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class KvCache : public testing::Test {
 protected:
  // Two sequences of six tokens, at once.
  const std::vector<double> ids_{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
  Graph model_ = symbolic_model();
  Graph cached_ = passes::kv_cache(model_, kCache);
  std::vector<double> whole_;
  NamedTensors memory_;  // parameters and caches

  void SetUp() override {
    const Graph bound = graph::bind(model_, {{"tokens", 12}, {"sequence", 6}});
    NamedTensors given = complete(bound, {{"ids", ints(ids_)},
                                          {"positions", ints({0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5})},
                                          {"segments", ints(std::vector<double>(12))}});
    whole_ = values_of(interpret(bound, given).at("hidden"));
    for (const graph::Parameter& parameter : bound.parameters)
      memory_[parameter.name] = given.at(parameter.name);
    // Pages in no order; what lies beyond a sequence is never looked at.
    memory_["page_table"] = make_tensor({LMOS_I32, {2, 3}}, {4, 1, -1, 0, 5, 77});
    // Rows that nobody has written must not matter.
    for (ValueId id : cached_.states) {
      memory_[cached_.value(id).name] = random_tensor(cached_.type(id), id);
    }
  }
};

TEST_F(KvCache, HasAPairOfCachesForEachLayer) {
  graph::verify(cached_);
  EXPECT_EQ(cached_.states.size(), 4u);
  const graph::TensorType cache{LMOS_F32, {6, 4, 2, 4}};
  for (const char* name : {"key_cache.0", "value_cache.0", "key_cache.1", "value_cache.1"}) {
    ASSERT_NE(cached_.find_state(name), kNoValue) << name;
    EXPECT_EQ(cached_.type(cached_.find_state(name)), cache);
  }
  EXPECT_EQ(cached_.type(cached_.find_input("sequences")).dims,
            (std::vector<int64_t>{LMOS_SYMBOL(0)}));
  EXPECT_EQ(cached_.find_input("segments"), kNoValue);
}

TEST_F(KvCache, ContinuesSequencesTokenByToken) {
  std::vector<double> first, second;
  for (int64_t t = 0; t < 6; ++t) {
    const auto p = static_cast<double>(t);
    // The sequences in the other order.
    const auto hidden =
        advance(cached_, memory_, {ids_[static_cast<size_t>(t)], ids_[static_cast<size_t>(6 + t)]},
                {1, 0}, {p, p});
    expect_near(hidden, joined(rows(whole_, t, t + 1), rows(whole_, 6 + t, 7 + t)));
  }
}

TEST_F(KvCache, TakesRaggedBatchesOfChunksAndTokens) {
  expect_near(advance(cached_, memory_, {3, 1, 4, 2}, {0, 0, 0, 1}, {0, 1, 2, 0}),
              joined(rows(whole_, 0, 3), rows(whole_, 6, 7)));
  expect_near(advance(cached_, memory_, {1, 6, 5, 3, 5}, {0, 1, 1, 1, 1}, {3, 1, 2, 3, 4}),
              joined(rows(whole_, 3, 4), rows(whole_, 7, 11)));
}

TEST_F(KvCache, ComputesTheSameFromPrimitives) {
  const Graph bound = graph::bind(cached_, {{"tokens", 3}});
  const Graph primitives = passes::decompose(
      bound, [](const Graph&, const graph::Node& node) { return node.op->primitive(); });
  graph::verify(primitives);
  memory_["ids"] = ints({3, 1, 4});
  memory_["sequences"] = ints({1, 1, 1});
  memory_["positions"] = ints({0, 1, 2});
  const NamedTensors expected = interpret(bound, memory_);
  for (const auto& [name, tensor] : interpret(primitives, memory_)) {
    expect_near(values_of(tensor), values_of(expected.at(name)));
  }
}

TEST_F(KvCache, IsFusedToFiveNodesALayer) {
  const Graph bound = graph::bind(cached_, {{"tokens", 1}});
  const Graph fused = passes::fuse(bound, [](const Graph&, const graph::Node&) { return true; });
  graph::verify(fused);
  std::vector<std::string_view> layer;
  for (const graph::Node& node : fused.nodes)
    if (node.block == 0 && node.op->name != "reshape") layer.push_back(node.op->name);
  EXPECT_EQ(layer, (std::vector<std::string_view>{"rms_norm_linear", "rope_paged_attention",
                                                  "linear_add", "rms_norm_swiglu", "linear_add"}));
  memory_["ids"] = ints({3});
  memory_["sequences"] = ints({1});
  memory_["positions"] = ints({0});
  const NamedTensors expected = interpret(bound, memory_);
  for (const auto& [name, tensor] : interpret(fused, memory_)) {
    expect_near(values_of(tensor), values_of(expected.at(name)));
  }
}

TEST(KvCachePass, TakesSymbolsAsSizes) {
  Graph model = symbolic_model();
  graph::Builder b(model);
  const Graph cached = passes::kv_cache(
      model, {b.symbol("pages"), 16, b.symbol("sequences"), b.symbol("sequence_pages")});
  graph::verify(cached);
  EXPECT_EQ(to_string(cached.type(cached.states[0]), &cached), "f32[pages,16,2,4]");
}

TEST(KvCachePass, AddsPositionsAndKeepsSegmentsThatAreRead) {
  Graph model;
  graph::Builder b(model);
  const ValueId q = b.input("q", {LMOS_F32, {4, 2, 8}});
  const ValueId segments = b.input("segments", {LMOS_I32, {4}});
  const auto y = b.node("attention", std::vector{q, q, q, segments},
                        {{"scale", 1.0}, {"causal", 1}, {"sequence", 4}});
  b.output("y", y[0]);
  b.output("segments", segments);
  const Graph cached = passes::kv_cache(model, {1, 4, 1, 1});
  graph::verify(cached);
  EXPECT_EQ(cached.type(cached.find_input("positions")), (graph::TensorType{LMOS_I32, {4}}));
  EXPECT_NE(cached.find_input("segments"), kNoValue);
}

TEST(KvCachePass, RefusesWhatACacheCanNotGive) {
  for (const bool causal : {false, true}) {
    Graph model;
    graph::Builder b(model);
    const ValueId q = b.input("q", {LMOS_F32, {4, 2, 8}});
    const auto y = b.node("attention", std::vector{q, q, q},
                          {{"scale", 1.0}, {"causal", int64_t{causal}}, {"sequence", 4}});
    b.output("y", causal ? y[1] : y[0]);
    expect_error(ErrorKind::kInternal,
                 {causal ? "lse" : "not causal", "attention(%0, %0, %0, _, _)"}, [&] {
                   passes::kv_cache(model, {1, 4, 1, 1});
                 });
  }
}

}  // namespace
}  // namespace lmos::test
