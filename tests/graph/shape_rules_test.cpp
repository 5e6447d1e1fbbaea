// What each op makes of types, and how it refuses those that do not fit.
#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

using graph::Attributes;
using graph::TensorType;
using Ints = std::vector<int64_t>;

constexpr int64_t kTokens = LMOS_SYMBOL(0);
constexpr int64_t kSlots = LMOS_SYMBOL(1);

// Types of the outputs of `op` on operands of these types; dtype 0 is an absent operand.
std::vector<TensorType> infer(std::string_view op, const std::vector<TensorType>& operands,
                              const Attributes& attributes = {}) {
  graph::Graph graph;
  graph::Builder b(graph);
  b.symbol("tokens");
  b.symbol("slots");
  std::vector<graph::ValueId> ids;
  for (const TensorType& type : operands) {
    ids.push_back(type.dtype == 0 ? graph::kNoValue : b.state(std::to_string(ids.size()), type));
  }
  std::vector<TensorType> types;
  for (graph::ValueId id : b.node(op, ids, attributes)) types.push_back(graph.type(id));
  return types;
}

void refuses(std::initializer_list<std::string> parts, std::string_view op,
             const std::vector<TensorType>& operands, const Attributes& attributes = {}) {
  expect_error(ErrorKind::kInternal, parts, [&] { infer(op, operands, attributes); });
}

TensorType f32(Ints dims) { return {LMOS_F32, std::move(dims)}; }
TensorType bf16(Ints dims) { return {LMOS_BF16, std::move(dims)}; }
TensorType f64(Ints dims) { return {LMOS_F64, std::move(dims)}; }
TensorType i32(Ints dims) { return {LMOS_I32, std::move(dims)}; }
using Types = std::vector<TensorType>;

TEST(ShapeRules, ElementwiseOpsWantEqualTypes) {
  EXPECT_EQ(infer("add", {bf16({kTokens, 4}), bf16({kTokens, 4})}), Types{bf16({kTokens, 4})});
  EXPECT_EQ(infer("less", {f64({3}), f64({3})}), Types{i32({3})});
  refuses({"node 0, add", "b must be f32[tokens,4]", "a f32[tokens,4], b f32[slots,4]"}, "add",
          {f32({kTokens, 4}), f32({kSlots, 4})});
  refuses({"mul", "f32[2]", "bf16[2]"}, "mul", {f32({2}), bf16({2})});
  refuses({"exp", "float"}, "exp", {i32({2})});
  refuses({"select", "c must be i32[2]"}, "select", {f32({2}), f32({2}), f32({2})});
}

TEST(ShapeRules, ReshapeKeepsSymbols) {
  EXPECT_EQ(infer("reshape", {f32({kTokens, 64})}, {{"shape", Ints{kTokens, 4, 16}}}),
            Types{f32({kTokens, 4, 16})});
  EXPECT_EQ(infer("reshape", {f32({kSlots, 3, kTokens})}, {{"shape", Ints{3, kTokens, kSlots}}}),
            Types{f32({3, kTokens, kSlots})});
  refuses({"reshape", "f32[tokens,64]", "shape=[tokens, 4, 15]"}, "reshape", {f32({kTokens, 64})},
          {{"shape", Ints{kTokens, 4, 15}}});
  refuses({"reshape"}, "reshape", {f32({kTokens, 64})}, {{"shape", Ints{kSlots, 64}}});
  // Whether it has as many elements is known once the symbols are bound.
  EXPECT_EQ(infer("reshape", {f32({kTokens})}, {{"shape", Ints{kSlots, kTokens}}}),
            Types{f32({kSlots, kTokens})});
  refuses({"reshape"}, "reshape", {f32({64})}, {{"shape", Ints{-1, 64}}});
  refuses({"out of range"}, "reshape", {f32({INT64_MAX, 4})}, {{"shape", Ints{4, INT64_MAX}}});
}

TEST(ShapeRules, BroadcastAlignsAtTheEnd) {
  EXPECT_EQ(infer("broadcast", {f32({4, 1})}, {{"shape", Ints{kTokens, 4, 9}}}),
            Types{f32({kTokens, 4, 9})});
  EXPECT_EQ(infer("broadcast", {f32({})}, {{"shape", Ints{3}}}), Types{f32({3})});
  refuses({"broadcast", "aligned at the end"}, "broadcast", {f32({4, 2})}, {{"shape", Ints{4, 9}}});
  refuses({"broadcast", "rank"}, "broadcast", {f32({4, 2})}, {{"shape", Ints{2}}});
}

TEST(ShapeRules, ReductionsNameAscendingAxes) {
  EXPECT_EQ(infer("reduce_sum", {f32({2, 3, 4})}, {{"axes", Ints{0, 2}}}), Types{f32({3})});
  EXPECT_EQ(infer("reduce_max", {f32({2, 3, 4})}, {{"axes", Ints{0, 2}}, {"keep", 1}}),
            Types{f32({1, 3, 1})});
  refuses({"reduce_sum", "ascending"}, "reduce_sum", {f32({2, 3})}, {{"axes", Ints{1, 0}}});
  refuses({"reduce_sum", "ascending"}, "reduce_sum", {f32({2, 3})}, {{"axes", Ints{2}}});
}

TEST(ShapeRules, TransposeWantsAPermutation) {
  EXPECT_EQ(infer("transpose", {f32({kTokens, 3, 4})}, {{"permutation", Ints{2, 0, 1}}}),
            Types{f32({4, kTokens, 3})});
  for (const Ints& wrong : {Ints{0, 0, 1}, Ints{0, 1}, Ints{0, 1, 3}, Ints{-1, 0, 1}}) {
    refuses({"transpose", "each dimension of x once"}, "transpose", {f32({2, 3, 4})},
            {{"permutation", wrong}});
  }
}

TEST(ShapeRules, SlicesAndPadsStayInside) {
  const auto slice = [](int64_t axis, int64_t begin, int64_t end) {
    return Attributes{{"axis", axis}, {"begin", begin}, {"end", end}};
  };
  EXPECT_EQ(infer("slice", {f32({4, 9})}, slice(1, 2, 5)), Types{f32({4, 3})});
  EXPECT_EQ(infer("slice", {f32({8, 9})}, slice(0, 0, kTokens)), Types{f32({kTokens, 9})});
  refuses({"slice"}, "slice", {f32({4, 9})}, slice(1, 2, 10));
  refuses({"slice"}, "slice", {f32({4, 9})}, slice(1, 3, 3));
  refuses({"slice", "axis"}, "slice", {f32({4, 9})}, slice(2, 0, 1));
  refuses({"slice", "symbol"}, "slice", {f32({8, 9})}, slice(0, 1, kTokens));
  EXPECT_EQ(infer("pad", {f32({4, 9})}, {{"axis", 0}, {"before", 1}, {"after", 2}}),
            Types{f32({7, 9})});
  refuses({"pad", "symbol"}, "pad", {f32({kTokens})}, {{"axis", 0}, {"before", 1}, {"after", 0}});
  refuses({"pad", "out of range"}, "pad", {f32({4})},
          {{"axis", 0}, {"before", INT64_MAX}, {"after", 0}});
}

TEST(ShapeRules, ConcatAddsOneDimension) {
  EXPECT_EQ(infer("concat", {f32({kTokens, 2}), f32({kTokens, 3})}, {{"axis", 1}}),
            Types{f32({kTokens, 5})});
  EXPECT_EQ(infer("concat", {f32({kTokens, 2})}, {{"axis", 0}}), Types{f32({kTokens, 2})});
  refuses({"concat", "symbol"}, "concat", {f32({kTokens, 2}), f32({3, 2})}, {{"axis", 0}});
  refuses({"concat", "every dim but axis"}, "concat", {f32({2, 2}), f32({3, 3})}, {{"axis", 0}});
}

TEST(ShapeRules, ProductsAgreeInTheSummedDimension) {
  EXPECT_EQ(infer("matmul", {bf16({kTokens, 3}), bf16({5, 3})},
                  {{"transpose_b", 1}, {"dtype", LMOS_F32}}),
            Types{f32({kTokens, 5})});
  EXPECT_EQ(infer("matmul", {f32({2, 3, 4}), f32({2, 3, 5})}, {{"transpose_a", 1}}),
            Types{f32({2, 4, 5})});
  refuses({"matmul", "summed over", "f32[2,3]", "f32[4,5]"}, "matmul", {f32({2, 3}), f32({4, 5})});
  refuses({"matmul", "leading"}, "matmul", {f32({1, 2, 3}), f32({2, 3, 5})});
  refuses({"matmul", "b must be f32"}, "matmul", {f32({2, 3}), bf16({3, 5})});
  EXPECT_EQ(infer("linear", {bf16({kTokens, 2, 3}), bf16({5, 3}), f32({5})}),
            Types{bf16({kTokens, 2, 5})});
  refuses({"linear", "w must be f32[5,3]"}, "linear", {f32({2, 3}), f32({5, 4})});
  refuses({"linear", "b must be f32[5]"}, "linear", {f32({2, 3}), f32({5, 3}), f32({3})});
  EXPECT_EQ(
      infer("linear_weight_grad", {bf16({kTokens, 5}), bf16({kTokens, 3})}, {{"dtype", LMOS_F32}}),
      Types{f32({5, 3})});
  refuses({"linear_weight_grad", "leading dims"}, "linear_weight_grad", {f32({2, 5}), f32({3, 3})});
}

TEST(ShapeRules, RowsAreIndexedByI32) {
  EXPECT_EQ(infer("gather_rows", {bf16({9, 4}), i32({kTokens})}), Types{bf16({kTokens, 4})});
  EXPECT_EQ(infer("scatter_add_rows", {bf16({kTokens, 4}), i32({kTokens})},
                  {{"rows", 9}, {"dtype", LMOS_F32}}),
            Types{f32({9, 4})});
  refuses({"gather_rows", "index must be i32"}, "gather_rows", {f32({9, 4}), f32({3})});
  refuses({"scatter_add_rows", "index must be i32[2]"}, "scatter_add_rows", {f32({2, 4}), i32({3})},
          {{"rows", 9}});
}

TEST(ShapeRules, NormsGiveTheirStatisticsWide) {
  EXPECT_EQ(infer("rms_norm", {bf16({kTokens, 8}), f32({8})}, {{"epsilon", 1e-5}}),
            (Types{bf16({kTokens, 8}), f32({kTokens})}));
  EXPECT_EQ(infer("rms_norm", {f64({2, 8}), f64({8})}, {{"epsilon", 1e-5}}),
            (Types{f64({2, 8}), f64({2})}));
  refuses({"rms_norm", "w must be f32[8]", "w f32[7]"}, "rms_norm", {f32({2, 8}), f32({7})},
          {{"epsilon", 1e-5}});
  refuses({"add_rms_norm", "r must be f32[2,8]"}, "add_rms_norm",
          {f32({2, 8}), f32({2, 7}), f32({8})}, {{"epsilon", 1e-5}});
  refuses({"rms_norm_grad", "rstd must be f32[2]"}, "rms_norm_grad",
          {f32({2, 8}), f32({2, 8}), f32({8}), f32({3})});
}

TEST(ShapeRules, RopeTurnsPairs) {
  EXPECT_EQ(infer("rope", {bf16({kTokens, 2, 6}), i32({kTokens}), f32({3})}),
            Types{bf16({kTokens, 2, 6})});
  refuses({"rope", "even"}, "rope", {f32({4, 2, 5}), i32({4}), f32({2})});
  refuses({"rope", "frequencies must be f32[3]"}, "rope", {f32({4, 2, 6}), i32({4}), f32({6})});
}

TEST(ShapeRules, AttentionGroupsHeads) {
  const Attributes attributes{{"scale", 1.0}, {"causal", 1}, {"sequence", 4}};
  EXPECT_EQ(
      infer("attention", {bf16({kTokens, 6, 8}), bf16({kTokens, 2, 8}), bf16({kTokens, 2, 8})},
            attributes),
      (Types{bf16({kTokens, 6, 8}), f32({kTokens, 6})}));
  refuses({"attention", "heads of q must be a multiple"}, "attention",
          {f32({4, 5, 8}), f32({4, 2, 8}), f32({4, 2, 8})}, attributes);
  refuses({"attention", "k must be f32[4,2,8]"}, "attention",
          {f32({4, 2, 8}), f32({4, 2, 6}), f32({4, 2, 6})}, attributes);
  refuses({"attention", "multiple of sequence"}, "attention",
          {f32({6, 2, 8}), f32({6, 2, 8}), f32({6, 2, 8})}, attributes);
  refuses({"attention", "segments must be i32[4]"}, "attention",
          {f32({4, 2, 8}), f32({4, 2, 8}), f32({4, 2, 8}), i32({5})}, attributes);
}

TEST(ShapeRules, CachesHaveARowForEachPosition) {
  const TensorType q = bf16({kTokens, 4, 8});
  const TensorType k = bf16({kTokens, 2, 8});
  const TensorType cache = bf16({kSlots, 32, 2, 8});
  const TensorType table = i32({3, 5});
  const TensorType index = i32({kTokens});
  EXPECT_EQ(
      infer("paged_attention", {q, k, k, cache, cache, table, index, index}, {{"scale", 1.0}}),
      Types{q});
  refuses({"paged_attention", "key_cache must be bf16[slots,32,2,8]"}, "paged_attention",
          {q, k, k, f32({kSlots, 32, 2, 8}), cache, table, index, index}, {{"scale", 1.0}});
  refuses({"paged_attention", "positions must be i32[tokens]"}, "paged_attention",
          {q, k, k, cache, cache, table, index, i32({3})}, {{"scale", 1.0}});
}

TEST(ShapeRules, CrossEntropyGivesALossForEachToken) {
  const Types operands{bf16({kTokens, 8}), bf16({50, 8}), i32({kTokens})};
  EXPECT_EQ(infer("linear_cross_entropy", operands, {{"ignore", -100}}),
            (Types{f32({kTokens}), f32({kTokens})}));
  EXPECT_EQ(infer("linear_cross_entropy_step", {f32({}), operands[0], operands[1], operands[2]},
                  {{"ignore", -100}, {"dtype", LMOS_F32}}),
            (Types{f32({kTokens}), bf16({kTokens, 8}), f32({50, 8})}));
  refuses({"linear_cross_entropy", "w must be f32[50,8]"}, "linear_cross_entropy",
          {f32({2, 8}), f32({50, 7}), i32({2})}, {{"ignore", -100}});
  refuses({"linear_cross_entropy_step", "scale must be f32[]"}, "linear_cross_entropy_step",
          {f32({1}), f32({2, 8}), f32({50, 8}), i32({2})}, {{"ignore", -100}});
}

TEST(ShapeRules, RandomStatesAreSeedAndStep) {
  const TensorType state{LMOS_I64, {2}};
  EXPECT_EQ(infer("random_uniform", {state}, {{"shape", Ints{kTokens, 3}}, {"site", 0}}),
            Types{f32({kTokens, 3})});
  EXPECT_EQ(infer("dropout", {bf16({kTokens, 3}), state}, {{"rate", 0.1}, {"site", 0}}),
            Types{bf16({kTokens, 3})});
  refuses({"dropout", "less than 1"}, "dropout", {f32({3}), state}, {{"rate", 1.0}, {"site", 0}});
  refuses({"dropout", "state must be i64[2]"}, "dropout", {f32({3}), f32({2})},
          {{"rate", 0.1}, {"site", 0}});
}

TEST(ShapeRules, ConstantsHoldOneNumberOrAll) {
  const auto constant = [](Ints shape, std::vector<double> values) {
    return Attributes{
        {"shape", std::move(shape)}, {"dtype", LMOS_F32}, {"values", std::move(values)}};
  };
  EXPECT_EQ(infer("constant", {}, constant({2, 2}, {1, 2, 3, 4})), Types{f32({2, 2})});
  EXPECT_EQ(infer("constant", {}, constant({kTokens}, {1})), Types{f32({kTokens})});
  refuses({"constant", "one for each element"}, "constant", {}, constant({2, 2}, {1, 2}));
  refuses({"constant", "no such dtype"}, "constant", {},
          {{"shape", Ints{}}, {"dtype", 99}, {"values", std::vector<double>{0}}});
  refuses({"iota", "axis"}, "iota", {}, {{"shape", Ints{3}}, {"dtype", LMOS_I32}, {"axis", 1}});
}

TEST(ShapeRules, UpdatesKeepShapes) {
  EXPECT_TRUE(infer("assign", {f32({2}), bf16({2})}).empty());
  refuses({"accumulate", "x must be f32[2]"}, "accumulate", {f32({2}), f32({3})});
  const TensorType p = f32({4, 3});
  EXPECT_TRUE(infer("adamw", {p, p, p, bf16({4, 3}), f32({7}), f32({})}, {{"decay", 1}}).empty());
  refuses({"adamw", "gradient must be f32[4,3]"}, "adamw",
          {p, p, p, f32({3, 4}), f32({7}), f32({})}, {{"decay", 1}});
  refuses({"adamw", "hyper must be f32[7]"}, "adamw", {p, p, p, p, f32({6}), f32({})},
          {{"decay", 1}});
  EXPECT_EQ(infer("global_norm", {f32({2}), bf16({3, 3})}), Types{f32({})});
}

}  // namespace
}  // namespace lmos::test
