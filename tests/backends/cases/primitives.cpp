#include "backends/op_case.h"

namespace lmos::test {
namespace {

OpCase elementwise(std::string op, std::vector<Fill> fills, std::vector<int64_t> dims) {
  OpCase result{.label = op + "_" + std::to_string(dims.back()), .op = op};
  for (Fill& fill : fills) result.inputs.push_back({kMain, dims, std::move(fill)});
  return result;
}

OpCase integers(std::string op, lmos_dtype dtype, double lowest_b) {
  OpCase result{.label = op + (dtype == LMOS_I32 ? "_i32" : "_i64"), .op = op, .exact = true};
  result.inputs = {{dtype, {3, 7}, uniform(-50, 50)}, {dtype, {3, 7}, uniform(lowest_b, 9)}};
  return result;
}

OpCase reduction(std::string label, std::string op, std::vector<int64_t> dims,
                 std::vector<int64_t> axes, int64_t keep) {
  return {.label = std::move(label),
          .op = std::move(op),
          .inputs = {{kMain, std::move(dims), normal()}},
          .attributes = {{"axes", std::move(axes)}, {"keep", keep}}};
}

}  // namespace

std::vector<OpCase> primitive_cases() {
  std::vector<OpCase> cases;
  for (const char* op : {"neg", "exp", "sigmoid", "tanh", "erf", "sin", "cos"}) {
    cases.push_back(elementwise(op, {normal(2)}, {3, 67}));
  }
  for (const char* op : {"log", "sqrt", "rsqrt"}) {
    cases.push_back(elementwise(op, {positive()}, {3, 67}));
  }
  for (const char* op : {"add", "sub", "mul", "minimum", "maximum"}) {
    cases.push_back(elementwise(op, {normal(), normal()}, {5, 33}));
    cases.push_back(elementwise(op, {normal(), normal()}, {1}));
    cases.push_back(integers(op, LMOS_I32, -9));
    cases.push_back(integers(op, LMOS_I64, -9));
  }
  cases.push_back(elementwise("div", {normal(), positive()}, {5, 33}));
  cases.push_back(integers("div", LMOS_I32, 1));
  for (const char* op : {"equal", "less"}) {
    cases.push_back({.label = std::string(op) + "_float",
                     .op = op,
                     .inputs = {{kMain, {41}, ids(3)}, {kMain, {41}, ids(3)}},
                     .exact = true});
    cases.push_back({.label = std::string(op) + "_i32",
                     .op = op,
                     .inputs = {{LMOS_I32, {41}, ids(3)}, {LMOS_I32, {41}, ids(3)}},
                     .exact = true});
  }
  cases.push_back({.label = "select",
                   .op = "select",
                   .inputs = {{LMOS_I32, {2, 19}, ids(2)},
                              {kMain, {2, 19}, normal()},
                              {kMain, {2, 19}, normal()}},
                   .exact = true});
  cases.push_back({.label = "constant_fill",
                   .op = "constant",
                   .attributes = {{"shape", std::vector<int64_t>{3, 5}},
                                  {"dtype", int64_t{kMain}},
                                  {"values", std::vector<double>{-1.5}}},
                   .exact = true});
  cases.push_back({.label = "constant_list",
                   .op = "constant",
                   .attributes = {{"shape", std::vector<int64_t>{3}},
                                  {"dtype", int64_t{LMOS_I32}},
                                  {"values", std::vector<double>{4, -7, 1e6}}},
                   .exact = true});
  for (int64_t axis : {0, 1}) {
    cases.push_back({.label = "iota_axis" + std::to_string(axis),
                     .op = "iota",
                     .attributes = {{"shape", std::vector<int64_t>{4, 9}},
                                    {"dtype", int64_t{LMOS_I32}},
                                    {"axis", axis}},
                     .exact = true});
  }
  for (lmos_dtype to : {LMOS_F64, LMOS_F32, LMOS_BF16, LMOS_F16, LMOS_I32, LMOS_I64}) {
    for (lmos_dtype from : {LMOS_F64, LMOS_F32, LMOS_BF16, LMOS_F16, LMOS_I32, LMOS_I64}) {
      cases.push_back({.label = "cast_" + std::string(graph::dtype_name(from)) + "_" +
                                std::string(graph::dtype_name(to)),
                       .op = "cast",
                       .inputs = {{from, {37}, normal(300)}},
                       .attributes = {{"dtype", int64_t{to}}},
                       .exact = true});
    }
  }
  cases.push_back(reduction("reduce_sum_last", "reduce_sum", {7, 1031}, {1}, 0));
  cases.push_back(reduction("reduce_sum_first", "reduce_sum", {129, 33}, {0}, 1));
  cases.push_back(reduction("reduce_sum_outer_and_inner", "reduce_sum", {3, 4, 5}, {0, 2}, 0));
  cases.push_back(reduction("reduce_sum_all", "reduce_sum", {3, 4, 5}, {0, 1, 2}, 1));
  OpCase to_f32 = reduction("reduce_sum_to_f32", "reduce_sum", {300, 40}, {0}, 0);
  to_f32.attributes.set("dtype", int64_t{LMOS_F32});
  cases.push_back(std::move(to_f32));
  cases.push_back(reduction("reduce_max_last", "reduce_max", {7, 1031}, {1}, 1));
  cases.push_back(reduction("reduce_max_middle", "reduce_max", {3, 17, 5}, {1}, 0));
  return cases;
}

}  // namespace lmos::test
