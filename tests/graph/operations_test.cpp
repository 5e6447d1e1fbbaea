// What holds of every operation.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

TEST(Operations, AreDifferentiableOrSayWhyNot) {
  for (const graph::Op* op : graph::all_ops()) {
    EXPECT_NE(op->vjp != nullptr, !op->not_differentiable.empty()) << op->name;
  }
}

TEST(Operations, HaveAShapeRuleAndAName) {
  std::set<std::string_view> names;
  for (const graph::Op* op : graph::all_ops()) {
    EXPECT_NE(op->infer, nullptr) << op->name;
    EXPECT_TRUE(names.insert(op->name).second) << op->name;
    EXPECT_EQ(graph::find_op(op->name), op);
    EXPECT_LE(op->optional_inputs, op->operands.size()) << op->name;
    for (uint32_t state : op->states) EXPECT_LT(state, op->required_inputs()) << op->name;
  }
  EXPECT_EQ(graph::find_op("no_such_op"), nullptr);
}

std::string section(const std::string& page, const std::string& from, const std::string& to) {
  const size_t begin = page.find(from);
  return page.substr(begin, page.find(to, begin + 1) - begin);
}

// Names in backquotes in the first column of the section's table.
std::set<std::string> documented(const std::string& section) {
  std::set<std::string> names;
  std::istringstream lines(section);
  const std::regex name("`([a-z_]+)`");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string column = line.substr(0, line.find('|', 1));
    for (std::sregex_iterator it(column.begin(), column.end(), name), end; it != end; ++it) {
      names.insert((*it)[1]);
    }
  }
  return names;
}

TEST(Operations, AreThoseOfTheDocumentation) {
  std::ifstream file(LLMASOS_SOURCE_DIRECTORY "/docs/ops.md");
  std::stringstream page;
  page << file.rdbuf();
  std::set<std::string> primitives, coarse;
  for (const graph::Op* op : graph::all_ops()) {
    (op->primitive() ? primitives : coarse).insert(std::string(op->name));
  }
  EXPECT_EQ(documented(section(page.str(), "## Primitives", "## Coarse")), primitives);
  EXPECT_EQ(documented(section(page.str(), "## Coarse", "## Gradients")), coarse);
}

TEST(Operations, CountMultiplyAddsTwice) {
  graph::Graph graph;
  graph::Builder b(graph);
  const auto x = b.input("x", {LMOS_F32, {5, 3}});
  const auto w = b.input("w", {LMOS_F32, {7, 3}});
  b.one("linear", {x, w});
  b.one("exp", {x});
  b.one("reshape", {x}, {{"shape", std::vector<int64_t>{15}}});
  const auto q = b.input("q", {LMOS_F32, {8, 2, 4}});
  b.node("attention", std::vector{q, q, q}, {{"scale", 1.0}, {"causal", 0}, {"sequence", 4}});
  EXPECT_EQ(graph::flops(graph, graph.nodes[0]), 2 * 5 * 3 * 7);
  EXPECT_EQ(graph::flops(graph, graph.nodes[1]), 15);
  EXPECT_EQ(graph::flops(graph, graph.nodes[2]), 0);
  EXPECT_EQ(graph::flops(graph, graph.nodes[3]), 4 * 8 * 4 * 2 * 4);
  EXPECT_EQ(graph::flops(graph), 210 + 15 + 1024);
}

}  // namespace
}  // namespace lmos::test
