#include "backends/op_case.h"

namespace lmos::test {
namespace {

using Ints = std::vector<int64_t>;

OpCase moving(std::string label, std::string op, std::vector<int64_t> dims,
              graph::Attributes attributes, lmos_dtype dtype = kMain) {
  return {.label = std::move(label),
          .op = std::move(op),
          .inputs = {{dtype, std::move(dims), normal(100)}},
          .attributes = std::move(attributes),
          .exact = true};
}

}  // namespace

std::vector<OpCase> layout_cases() {
  std::vector<OpCase> cases = {
      moving("broadcast_scalar", "broadcast", {}, {{"shape", Ints{3, 5}}}),
      moving("broadcast_rows", "broadcast", {9}, {{"shape", Ints{4, 9}}}),
      moving("broadcast_columns", "broadcast", {4, 1}, {{"shape", Ints{4, 9}}}),
      moving("broadcast_middle", "broadcast", {3, 1, 5}, {{"shape", Ints{2, 3, 7, 5}}}),
      moving("broadcast_i32", "broadcast", {1}, {{"shape", Ints{11}}}, LMOS_I32),
      moving("reshape", "reshape", {4, 6}, {{"shape", Ints{3, 8}}}),
      moving("reshape_to_scalar", "reshape", {1, 1}, {{"shape", Ints{}}}),
      moving("transpose_2d", "transpose", {17, 35}, {{"permutation", Ints{1, 0}}}),
      moving("transpose_heads", "transpose", {2, 9, 3, 8}, {{"permutation", Ints{0, 2, 1, 3}}}),
      moving("transpose_all", "transpose", {2, 3, 4}, {{"permutation", Ints{2, 0, 1}}}),
      moving("transpose_i32", "transpose", {5, 3}, {{"permutation", Ints{1, 0}}}, LMOS_I32),
      moving("slice_first", "slice", {9, 5}, {{"axis", 0L}, {"begin", 2L}, {"end", 7L}}),
      moving("slice_last", "slice", {4, 19}, {{"axis", 1L}, {"begin", 3L}, {"end", 4L}}),
      moving("slice_middle_i64", "slice", {2, 5, 3}, {{"axis", 1L}, {"begin", 1L}, {"end", 5L}},
             LMOS_I64),
      moving("pad_first", "pad", {3, 5}, {{"axis", 0L}, {"before", 1L}, {"after", 2L}}),
      moving("pad_last", "pad", {3, 5}, {{"axis", 1L}, {"before", 0L}, {"after", 3L}}),
  };
  cases.push_back(
      {.label = "concat_first",
       .op = "concat",
       .inputs = {{kMain, {2, 5}, normal()}, {kMain, {3, 5}, normal()}, {kMain, {1, 5}, normal()}},
       .attributes = {{"axis", 0L}},
       .exact = true});
  cases.push_back({.label = "concat_last",
                   .op = "concat",
                   .inputs = {{kMain, {4, 3}, normal()}, {kMain, {4, 8}, normal()}},
                   .attributes = {{"axis", 1L}},
                   .exact = true});
  cases.push_back({.label = "gather_rows",
                   .op = "gather_rows",
                   .inputs = {{kMain, {23, 12}, normal()}, {LMOS_I32, {31}, ids(23)}},
                   .exact = true});
  cases.push_back({.label = "gather_rows_one_token",
                   .op = "gather_rows",
                   .inputs = {{kMain, {7, 2, 9}, normal()}, {LMOS_I32, {1}, ids(7)}},
                   .exact = true});
  cases.push_back({.label = "scatter_add_rows_many",
                   .op = "scatter_add_rows",
                   .inputs = {{kMain, {1000, 48}, normal()}, {LMOS_I32, {1000}, ids(90)}},
                   .attributes = {{"rows", 90L}, {"dtype", int64_t{LMOS_F32}}}});
  for (lmos_dtype dtype : {kMain, lmos_dtype{LMOS_F32}}) {
    cases.push_back({.label = std::string("scatter_add_rows") + (dtype == kMain ? "" : "_to_f32"),
                     .op = "scatter_add_rows",
                     .inputs = {{kMain, {57, 20}, normal()}, {LMOS_I32, {57}, ids(11)}},
                     .attributes = {{"rows", 11L}, {"dtype", int64_t{dtype}}}});
  }
  return cases;
}

}  // namespace lmos::test
