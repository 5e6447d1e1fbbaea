#include <limits>

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

OpCase largest(std::string label, std::vector<int64_t> dims, int64_t columns, int64_t count,
               Fill fill) {
  const int64_t rows = dims[0];
  return {
      .label = "largest_" + label,
      .op = "largest",
      .inputs = {{kMain, std::move(dims), std::move(fill)}, {kStatistic, {rows}, uniform(0.2, 3)}},
      .attributes = {{"count", count}, {"columns", columns}}};
}

// Every third element is −∞.
double some_excluded(int64_t index, uint64_t) {
  return index % 3 == 0 ? -std::numeric_limits<double>::infinity()
                        : static_cast<double>(index * 7 % 11);
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
  cases.push_back(largest("one", {3, 1000}, 1000, 1, normal()));
  cases.push_back(largest("few", {5, 37}, 37, 6, normal()));
  cases.push_back(largest("all", {2, 12}, 9, 9, normal()));
  cases.push_back(largest("equal", {3, 9000}, 8999, 64, ids(40)));
  cases.push_back(largest("all_equal", {2, 5000}, 5000, 3, ids(1)));
  cases.push_back(largest("some_excluded", {2, 6000}, 6000, 70, some_excluded));
  cases.push_back(largest("wide", {2, 70001}, 70000, 64, normal(5)));
  cases.push_back(largest("many", {2, 40000}, 40000, 256, normal(5)));
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
