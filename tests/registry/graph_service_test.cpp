// Models that misuse lmos.host.graph/1 are told what and where; right ones get the graph that they
// described.
#include "registry/graph_service.h"

#include <gtest/gtest.h>

#include <functional>

#include "errors/error.h"
#include "llmasos/graph.hpp"
#include "registry/model_graph.h"

namespace lmos::registry {
namespace {

using sdk::GraphBuilder;

// A model whose graph is any function.
struct ScriptedModel {
  std::function<void(GraphBuilder&, lmos_graph_builder*)> script;
};

graph::Graph build(ScriptedModel model, lmos_dtype storage = LMOS_F32,
                   lmos_dtype compute = LMOS_F32) {
  lmos_model_interface interface = {};
  interface.build = [](const lmos_model* handle, const lmos_host_graph* table,
                       lmos_graph_builder* builder, lmos_string, int32_t) {
    return sdk::guarded([&] {
      GraphBuilder graph(table, builder);
      sdk::object<ScriptedModel>(handle).script(graph, builder);
    });
  };
  return build_model_graph(interface, reinterpret_cast<const lmos_model*>(&model), "any", false,
                           storage, compute);
}

std::string problem(ScriptedModel model) {
  try {
    build(std::move(model));
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    return error.what();
  }
}

void expect_problem(const std::string& part,
                    std::function<void(GraphBuilder&, lmos_graph_builder*)> script) {
  const std::string message = problem({std::move(script)});
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

sdk::Parameter matrix(const std::string& name, bool product = true) {
  return {.name = name, .axes = {{"mlp", 3}, {"embed", 2}}, .init_scale = 0.5, .product = product};
}

TEST(GraphService, CastsProductParametersToTheComputeDtypeOnce) {
  const graph::Graph graph = build({[](GraphBuilder& graph, lmos_graph_builder*) {
                                     const auto w = graph.parameter(matrix("w"));
                                     EXPECT_EQ(graph.parameter(matrix("w")), w);
                                     EXPECT_EQ(graph.dtype(w), LMOS_BF16);
                                     const auto kept = graph.parameter(matrix("kept", false));
                                     EXPECT_EQ(graph.dtype(kept), LMOS_F32);
                                     graph.output("y", w);
                                     graph.output("z", kept);
                                   }},
                                   LMOS_F32, LMOS_BF16);
  ASSERT_EQ(graph.parameters.size(), 2u);
  EXPECT_EQ(graph.nodes.size(), 1u);
  const graph::Parameter& w = graph.parameters[0];
  EXPECT_EQ(w.name, "w");
  EXPECT_EQ(w.axes, (std::vector<std::string>{"mlp", "embed"}));
  EXPECT_EQ(w.init, graph::Init::kNormal);
  EXPECT_EQ(w.init_scale, 0.5);
  EXPECT_TRUE(w.decay);
  EXPECT_EQ(graph.type(w.value), (graph::TensorType{LMOS_F32, {3, 2}}));
}

TEST(GraphService, SharesSymbolsByNameAndMarksBlocks) {
  const graph::Graph graph = build({[](GraphBuilder& graph, lmos_graph_builder*) {
    const int64_t tokens = graph.symbol("tokens");
    EXPECT_EQ(graph.symbol("tokens"), tokens);
    auto x = graph.input("x", LMOS_F32, {tokens, 2});
    x = graph.add(x, x);
    graph.begin_block("layers.0");
    x = graph.linear(x, graph.parameter(matrix("w")));
    graph.end_block();
    EXPECT_EQ(graph.info(x).rank, 2u);
    EXPECT_EQ(graph.info(x).dims[0], tokens);
    EXPECT_EQ(graph.info(x).dims[1], 3);
    graph.output("y", x);
  }});
  EXPECT_EQ(graph.symbols, std::vector<std::string>{"tokens"});
  EXPECT_EQ(graph.blocks, std::vector<std::string>{"layers.0"});
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].block, graph::kNoBlock);
  EXPECT_EQ(graph.nodes[1].block, 0);
}

TEST(GraphService, SaysWhatDoesNotFit) {
  expect_problem("there is no op named frobnicate",
                 [](GraphBuilder& graph, lmos_graph_builder*) { graph.one("frobnicate", {}); });
  expect_problem("add", [](GraphBuilder& graph, lmos_graph_builder*) {
    graph.add(graph.input("a", LMOS_F32, {2}), graph.input("b", LMOS_F32, {3}));
  });
  expect_problem("value 7 is not of this graph",
                 [](GraphBuilder& graph, lmos_graph_builder*) { graph.add(7, 7); });
  expect_problem("parameter w is declared twice, and not alike",
                 [](GraphBuilder& graph, lmos_graph_builder*) {
                   graph.parameter(matrix("w"));
                   graph.parameter(matrix("w", false));
                 });
  expect_problem("parameter w: the size of", [](GraphBuilder& graph, lmos_graph_builder*) {
    graph.parameter(
        {.name = "w", .axes = {{"vocab", int64_t{1} << 40}, {"embed", int64_t{1} << 40}}});
  });
  expect_problem("blocks do not nest", [](GraphBuilder& graph, lmos_graph_builder*) {
    graph.begin_block("a");
    graph.begin_block("b");
  });
  expect_problem("block a does not end", [](GraphBuilder& graph, lmos_graph_builder*) {
    graph.begin_block("a");
    graph.output("x", graph.input("x", LMOS_F32, {1}));
  });
  expect_problem("the graph has no output", [](GraphBuilder&, lmos_graph_builder*) {});
  expect_problem("add has 1 outputs, not 2", [](GraphBuilder& graph, lmos_graph_builder*) {
    const auto x = graph.input("x", LMOS_F32, {1});
    graph.node<2>("add", {x, x});
  });
}

TEST(GraphService, RefusesStructsThatAreTooSmall) {
  expect_problem("lmos_tensor_info has struct_size 8",
                 [](GraphBuilder&, lmos_graph_builder* builder) {
                   lmos_tensor_info info = {};
                   info.struct_size = 8;
                   lmos_value value = 0;
                   sdk::check(graph_service().input(builder, sdk::borrow("x"), &info, &value));
                 });
}

TEST(GraphService, NoticesARefusalThatThePluginIgnored) {
  expect_problem(
      "there is no op named frobnicate", [](GraphBuilder& graph, lmos_graph_builder* builder) {
        graph.output("x", graph.input("x", LMOS_F32, {1}));
        lmos_value y = 0;
        graph_service().node(builder, sdk::borrow("frobnicate"), nullptr, 0, nullptr, 0, &y, 1);
      });
}

TEST(GraphService, PassesOnWhatTheModelItselfRefuses) {
  lmos_model_interface interface = {};
  interface.build = [](const lmos_model*, const lmos_host_graph*, lmos_graph_builder*, lmos_string,
                       int32_t) -> lmos_status { return LMOS_UNSUPPORTED; };
  try {
    build_model_graph(interface, nullptr, "translate", false, LMOS_F32, LMOS_F32);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("graph of translate: not supported"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace lmos::registry
