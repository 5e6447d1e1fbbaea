// Norms, rotary positions, gated units, activations.
#include <cmath>
#include <tuple>

#include "backends/op_case.h"

namespace lmos::test {
namespace {

const graph::Attributes kEpsilon = {{"epsilon", 1e-5}};

struct NormShape {
  const char* label;
  std::vector<int64_t> x;
  lmos_dtype weight;
};

const NormShape kNorms[] = {
    {"", {9, 48}, kMain},
    {"_odd", {7, 77}, kMain},
    {"_f32_weight", {9, 48}, LMOS_F32},
    {"_one_token", {1, 288}, kMain},
    {"_long_rows", {3, 4099}, LMOS_F32},
    {"_3d", {2, 5, 24}, kMain},
    {"_many_rows", {700, 64}, LMOS_F32},
};

OpCase rope(std::string label, int64_t tokens, int64_t heads, int64_t head_dim, int64_t first,
            int64_t inverse) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    frequencies.push_back(
        std::exp2(-static_cast<double>(2 * i) / static_cast<double>(head_dim) * 13.3));
  }
  return {.label = std::move(label),
          .op = "rope",
          .inputs = {{kMain, {tokens, heads, head_dim}, normal()},
                     {LMOS_I32, {tokens}, counting(first, 24)},
                     {LMOS_F32, {head_dim / 2}, values(std::move(frequencies))}},
          .attributes = {{"inverse", inverse}}};
}

}  // namespace

std::vector<OpCase> block_cases() {
  std::vector<OpCase> cases;
  for (const NormShape& shape : kNorms) {
    CaseInput x{kMain, shape.x, normal(3)}, dy{kMain, shape.x, normal()};
    CaseInput w{shape.weight, {shape.x.back()}, normal(0.2, 1)};
    cases.push_back({.label = std::string("rms_norm") + shape.label,
                     .op = "rms_norm",
                     .inputs = {x, w},
                     .attributes = kEpsilon});
    cases.push_back({.label = std::string("add_rms_norm") + shape.label,
                     .op = "add_rms_norm",
                     .inputs = {x, {kMain, shape.x, normal()}, w},
                     .attributes = kEpsilon});
    cases.push_back({.label = std::string("rms_norm_grad") + shape.label,
                     .op = "rms_norm_grad",
                     .inputs = {dy, x, w},
                     .forward = Forward{"rms_norm", {1, 2}, kEpsilon},
                     .operands = {0, 1, 2, 4}});
    cases.push_back({.label = std::string("layer_norm") + shape.label,
                     .op = "layer_norm",
                     .inputs = {{kMain, shape.x, normal(3, 2)}, w, w},
                     .attributes = kEpsilon});
    cases.push_back({.label = std::string("layer_norm_grad") + shape.label,
                     .op = "layer_norm_grad",
                     .inputs = {dy, {kMain, shape.x, normal(3, 2)}, w},
                     .forward = Forward{"layer_norm", {1, 2, 2}, kEpsilon},
                     .operands = {0, 1, 2, 4, 5}});
    cases.push_back({.label = std::string("add_layer_norm") + shape.label,
                     .op = "add_layer_norm",
                     .inputs = {x, {kMain, shape.x, normal()}, w, w},
                     .attributes = kEpsilon,
                     // The mean is of sums that were rounded and cancel.
                     .bf16_tolerance = 8e-3});
    cases.push_back({.label = std::string("rms_norm_grad_sum") + shape.label,
                     .op = "rms_norm_grad",
                     .inputs = {dy, x, w, dy},
                     .forward = Forward{"rms_norm", {1, 2}, kEpsilon},
                     .operands = {0, 1, 2, 5, 3}});
    cases.push_back({.label = std::string("layer_norm_grad_sum") + shape.label,
                     .op = "layer_norm_grad",
                     .inputs = {dy, {kMain, shape.x, normal(3, 2)}, w, dy},
                     .attributes = {{"sum", int64_t{1}}},
                     .forward = Forward{"layer_norm", {1, 2, 2}, kEpsilon},
                     .operands = {0, 1, 2, 5, 6, 3}});
  }
  cases.push_back(rope("rope", 48, 3, 16, 0, 0));
  cases.push_back(rope("rope_inverse", 31, 2, 10, 5, 1));
  cases.push_back(rope("rope_one_token", 1, 4, 64, 20, 0));
  for (std::vector<int64_t> dims : {std::vector<int64_t>{7, 96}, {1, 77}, {2, 3, 31}, {300, 500}}) {
    CaseInput x{kMain, dims, normal(2)};
    std::string suffix = "_" + std::to_string(dims.back());
    cases.push_back({.label = "swiglu" + suffix, .op = "swiglu", .inputs = {x, x}});
    cases.push_back({.label = "swiglu_grad" + suffix, .op = "swiglu_grad", .inputs = {x, x, x}});
    for (int64_t approximate : {0, 1}) {
      const std::string label = (approximate ? "gelu_tanh" : "gelu") + suffix;
      const graph::Attributes form = {{"approximate", approximate}};
      cases.push_back({.label = label, .op = "gelu", .inputs = {x}, .attributes = form});
      cases.push_back(
          {.label = label + "_grad", .op = "gelu_grad", .inputs = {x, x}, .attributes = form});
    }
  }
  for (const auto& [tokens, in, out] :
       {std::tuple<int64_t, int64_t, int64_t>{5, 12, 16}, {256, 64, 128}, {300, 96, 72}}) {
    for (const int64_t form : {0, 1}) {
      const std::string suffix = "_" + std::to_string(tokens) + (form ? "_tanh" : "");
      const CaseInput x{kMain, {tokens, in}, normal(0.3)};
      const auto weight = [&](int64_t rows, int64_t columns) {
        return CaseInput{kMain, {rows, columns}, normal(0.3)};
      };
      cases.push_back({.label = "linear_gelu" + suffix,
                       .op = "linear_gelu",
                       .inputs = {x, weight(out, in), {LMOS_F32, {out}, normal()}},
                       .attributes = {{"approximate", form}}});
      cases.push_back({.label = "linear_gelu_transposed" + suffix,
                       .op = "linear_gelu",
                       .inputs = {x, weight(in, out)},
                       .attributes = {{"approximate", form}, {"transposed", int64_t{1}}}});
      for (const int64_t transposed : {0, 1}) {
        cases.push_back({.label = "matmul_gelu_grad" + suffix + (transposed ? "_transposed" : ""),
                         .op = "matmul_gelu_grad",
                         .inputs = {x,
                                    transposed ? weight(out, in) : weight(in, out),
                                    {kMain, {tokens, out}, normal()}},
                         .attributes = {{"approximate", form}, {"transpose_b", transposed}}});
      }
    }
  }
  return cases;
}

}  // namespace lmos::test
