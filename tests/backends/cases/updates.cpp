// States, random numbers, the optimizer.
#include <limits>

#include "backends/op_case.h"

namespace lmos::test {
namespace {

OpCase state_update(std::string op, lmos_dtype state, lmos_dtype value, std::string suffix) {
  return {.label = op + suffix,
          .op = op,
          .inputs = {{state, {5, 13}, normal()}, {value, {5, 13}, normal()}}};
}

// lr, β1, β2, ε, λ, 1 − β1³, 1 − β2³
const std::vector<double> kHyper = {1e-3, 0.9, 0.999, 1e-8, 0.1, 1 - 0.729, 1 - 0.997002999};

OpCase adamw(std::string label, lmos_dtype parameter, lmos_dtype gradient, int64_t decay) {
  std::vector<int64_t> dims = {7, 11};
  return {.label = std::move(label),
          .op = "adamw",
          .inputs = {{parameter, dims, normal()},
                     {LMOS_F32, dims, normal(0.1)},
                     {LMOS_F32, dims, uniform(1e-4, 1e-2)},
                     {gradient, dims, normal()},
                     {LMOS_F32, {7}, values(kHyper)},
                     {LMOS_F32, {}, values({0.75})}},
          .attributes = {{"decay", decay}}};
}

}  // namespace

std::vector<OpCase> update_cases() {
  std::vector<OpCase> cases = {
      state_update("assign", kMain, kMain, ""),
      state_update("assign", LMOS_F32, kMain, "_to_f32"),
      state_update("assign", kMain, LMOS_F32, "_from_f32"),
      state_update("accumulate", kMain, kMain, ""),
      state_update("accumulate", LMOS_F32, kMain, "_to_f32"),
      adamw("adamw", LMOS_F32, LMOS_F32, 1),
      adamw("adamw_no_decay", LMOS_F32, LMOS_F32, 0),
      adamw("adamw_mixed", kMain, kMain, 1),
  };
  // A step whose gradients are not finite changes nothing.
  for (const auto& [name, clip] : {std::pair{"nan", std::numeric_limits<double>::quiet_NaN()},
                                   {"infinite", std::numeric_limits<double>::infinity()}}) {
    OpCase skipped = adamw(std::string("adamw_clip_") + name, kMain, kMain, 1);
    skipped.inputs.back().fill = values({clip});
    skipped.exact = true;
    cases.push_back(std::move(skipped));
  }
  CaseInput state{LMOS_I64, {2}, values({1337 + 4294967296.0 * 5, 12})};
  for (std::vector<int64_t> dims : {std::vector<int64_t>{3, 7}, {1}, {2, 64}}) {
    std::string suffix = "_" + std::to_string(dims.back());
    cases.push_back({.label = "random_uniform" + suffix,
                     .op = "random_uniform",
                     .inputs = {state},
                     .attributes = {{"shape", dims}, {"site", 9L}},
                     .exact = true});
    cases.push_back({.label = "dropout" + suffix,
                     .op = "dropout",
                     .inputs = {{kMain, dims, normal()}, state},
                     .attributes = {{"rate", 0.3}, {"site", 4L}}});
  }
  cases.push_back(
      {.label = "global_norm",
       .op = "global_norm",
       .inputs = {
           {kMain, {31, 17}, normal()}, {LMOS_F32, {5}, normal(3)}, {kMain, {1, 1, 3}, normal()}}});
  return cases;
}

}  // namespace lmos::test
