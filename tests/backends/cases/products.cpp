#include <cmath>

#include "backends/op_case.h"

namespace lmos::test {
namespace {

OpCase product(std::string label, std::vector<int64_t> a, std::vector<int64_t> b,
               int64_t transpose_a, int64_t transpose_b, lmos_dtype dtype) {
  return {
      .label = std::move(label),
      .op = "matmul",
      .inputs = {{kMain, std::move(a), normal()}, {kMain, std::move(b), normal()}},
      .attributes = {
          {"transpose_a", transpose_a}, {"transpose_b", transpose_b}, {"dtype", int64_t{dtype}}}};
}

OpCase product_sum(std::string label, std::vector<int64_t> a, std::vector<int64_t> b,
                   std::vector<int64_t> c, int64_t transpose_a, int64_t transpose_b) {
  OpCase result =
      product(std::move(label), std::move(a), std::move(b), transpose_a, transpose_b, kMain);
  result.op = "matmul_add";
  result.inputs.push_back({kMain, std::move(c), normal()});
  result.attributes = {{"transpose_a", transpose_a}, {"transpose_b", transpose_b}};
  return result;
}

OpCase linear(std::string label, std::vector<int64_t> x, int64_t out,
              std::optional<lmos_dtype> bias) {
  int64_t in = x.back();
  OpCase result{.label = std::move(label),
                .op = "linear",
                .inputs = {{kMain, std::move(x), normal()}, {kMain, {out, in}, normal(0.1)}}};
  if (bias) result.inputs.push_back({*bias, {out}, normal()});
  return result;
}

// The same with the weights stored as [in, out].
OpCase transposed(OpCase op_case) {
  op_case.label += "_transposed";
  std::swap(op_case.inputs[1].dims[0], op_case.inputs[1].dims[1]);
  op_case.attributes = {{"transposed", int64_t{1}}};
  return op_case;
}

OpCase weight_grad(std::string label, std::vector<int64_t> dy, std::vector<int64_t> x,
                   lmos_dtype dtype) {
  return {.label = std::move(label),
          .op = "linear_weight_grad",
          .inputs = {{kMain, std::move(dy), normal()}, {kMain, std::move(x), normal()}},
          .attributes = {{"dtype", int64_t{dtype}}}};
}

// A norm of x and the products that follow it, of weights with these numbers of outputs.
OpCase normalized(std::string label, std::string op, std::vector<int64_t> x,
                  std::vector<int64_t> outputs, lmos_dtype norm) {
  const int64_t in = x.back();
  OpCase result{.label = std::move(label),
                .op = std::move(op),
                .inputs = {{kMain, std::move(x), normal(3)}, {norm, {in}, normal(0.2, 1)}},
                .attributes = {{"epsilon", 1e-5}}};
  for (const int64_t out : outputs) result.inputs.push_back({kMain, {out, in}, normal(0.1)});
  return result;
}

OpCase linear_add(std::string label, std::vector<int64_t> x, int64_t out,
                  std::optional<lmos_dtype> bias) {
  std::vector<int64_t> y = x;
  y.back() = out;
  OpCase result = linear(std::move(label), std::move(x), out, std::nullopt);
  result.op = "linear_add";
  result.inputs.push_back({kMain, std::move(y), normal()});
  if (bias) result.inputs.push_back({*bias, {out}, normal()});
  return result;
}

// Weights as they are stored, and a scale for each output.
OpCase quantized(std::string label, lmos_dtype format, std::vector<int64_t> x, int64_t out,
                 std::optional<lmos_dtype> bias = std::nullopt) {
  const int64_t in = x.back();
  const Fill weights = format == LMOS_I8 ? uniform(-127, 127) : normal(100);
  OpCase result{.label = std::move(label),
                .op = "linear_quantized",
                .inputs = {{kMain, std::move(x), normal()},
                           {format, {out, in}, weights},
                           {LMOS_F32, {out}, uniform(0.0005, 0.002)}}};
  if (bias) result.inputs.push_back({*bias, {out}, normal()});
  return result;
}

// Any bytes are compact weights where the base leaves room for 14 exponents below it; every seventh
// block is a raw one.
OpCase compact(std::string label, std::vector<int64_t> x, int64_t out,
               std::optional<lmos_dtype> bias = std::nullopt) {
  constexpr int64_t kRawEach = 7;
  const int64_t in = x.back(), count = in / 128, raw = (out * count - 1) / kRawEach + 1;
  const Fill bases = [](int64_t i, uint64_t) { return i % kRawEach == 0 ? 255.0 : 121 + i % 3; };
  const Fill blocks = [](int64_t i, uint64_t seed) {
    const int64_t block = i / 192, at = i % 192;
    if (block % kRawEach != 0 || at >= 4) return std::floor(uniform(0, 256)(i, seed));
    return static_cast<double>(block / kRawEach >> (8 * at) & 255);
  };
  OpCase result{.label = std::move(label),
                .op = "linear_compact",
                .inputs = {{kMain, std::move(x), normal()},
                           {LMOS_U8, {out, count * 192}, blocks},
                           {LMOS_U8, {out, count}, bases},
                           {LMOS_BF16, {raw, 128}, normal(0.1)}}};
  if (bias) result.inputs.push_back({*bias, {out}, normal()});
  return result;
}

// A row of the table with `count` weights, from input `first` on, in int8 or e4m3, and their scales
// from operand `scale` on.
OpCase with_quantized(OpCase op_case, std::string suffix, lmos_dtype format, size_t first,
                      size_t count, size_t scale) {
  op_case.label += suffix;
  for (size_t i = 0; i < op_case.inputs.size(); ++i) op_case.operands.push_back(i);
  op_case.operands.resize(scale, kAbsent);
  for (size_t i = first; i < first + count; ++i) {
    CaseInput& weight = op_case.inputs[i];
    weight.dtype = format;
    weight.fill = format == LMOS_I8 ? uniform(-127, 127) : normal(100);
    op_case.operands.push_back(op_case.inputs.size());
    op_case.inputs.push_back({LMOS_F32, {weight.dims[0]}, uniform(0.0005, 0.002)});
  }
  return op_case;
}

}  // namespace

std::vector<OpCase> product_cases() {
  return {
      product("matmul", {13, 29}, {29, 37}, 0, 0, kMain),
      product("matmul_transpose_a", {29, 13}, {29, 37}, 1, 0, kMain),
      product("matmul_transpose_b", {13, 29}, {37, 29}, 0, 1, kMain),
      product("matmul_transpose_both", {29, 13}, {37, 29}, 1, 1, kMain),
      product("matmul_batched", {2, 3, 5, 7}, {2, 3, 7, 9}, 0, 0, kMain),
      product("matmul_batched_transposed", {4, 7, 5}, {4, 9, 7}, 1, 1, kMain),
      product("matmul_to_f32", {33, 65}, {65, 31}, 0, 0, LMOS_F32),
      product("matmul_one_row", {1, 300}, {300, 70}, 0, 0, kMain),
      product("matmul_one_row_to_f32", {1, 304}, {70, 304}, 0, 1, LMOS_F32),
      product("matmul_one_column", {70, 300}, {300, 1}, 0, 0, kMain),
      product("matmul_multiples_of_16", {64, 128}, {128, 96}, 0, 0, kMain),
      product_sum("matmul_add", {13, 29}, {29, 37}, {13, 37}, 0, 0),
      product_sum("matmul_add_transpose_both", {29, 13}, {37, 29}, {13, 37}, 1, 1),
      product_sum("matmul_add_transpose_b_many_rows", {200, 128}, {96, 128}, {200, 96}, 0, 1),
      product_sum("matmul_add_multiples_of_16", {128, 64}, {64, 256}, {128, 256}, 0, 0),
      product_sum("matmul_add_one_row", {1, 300}, {300, 70}, {1, 70}, 0, 0),
      linear("linear", {21, 48}, 35, std::nullopt),
      compact("linear_compact_one_row", {1, 1280}, 50),
      compact("linear_compact", {2, 2, 384}, 37, LMOS_F32),
      compact("linear_compact_some_rows", {21, 1280}, 33),
      compact("linear_compact_many_rows", {70, 256}, 65, kMain),
      linear("linear_multiples_of_16", {64, 96}, 128, std::nullopt),
      linear("linear_long_rows", {5, 1500}, 19, std::nullopt),
      linear("linear_many_rows", {200, 512}, 389, std::nullopt),
      linear("linear_one_token", {1, 288}, 96, std::nullopt),
      linear("linear_one_token_odd", {1, 77}, 51, std::nullopt),
      linear("linear_3d", {2, 9, 31}, 17, std::nullopt),
      linear("linear_bias", {13, 24}, 18, kMain),
      linear("linear_f32_bias", {13, 24}, 18, LMOS_F32),
      linear("linear_bias_one_token", {1, 64}, 33, kMain),
      transposed(linear("linear", {21, 48}, 35, std::nullopt)),
      transposed(linear("linear_3d", {2, 9, 31}, 17, kMain)),
      transposed(linear("linear_f32_bias", {64, 96}, 128, LMOS_F32)),
      transposed(linear("linear_one_token", {1, 77}, 51, kMain)),
      normalized("rms_norm_linear", "rms_norm_linear", {9, 48}, {35}, kMain),
      normalized("rms_norm_linear_3d", "rms_norm_linear", {2, 3, 24}, {35, 8}, LMOS_F32),
      normalized("rms_norm_linear_one_token", "rms_norm_linear", {1, 288}, {96, 33, 40}, kMain),
      normalized("rms_norm_linear_long_row", "rms_norm_linear", {1, 2560}, {24, 16, 16}, LMOS_F32),
      normalized("rms_norm_linear_tens_of_rows", "rms_norm_linear", {40, 64}, {96, 24, 32}, kMain),
      normalized("rms_norm_linear_one_token_odd", "rms_norm_linear", {1, 77}, {51, 8}, kMain),
      normalized("rms_norm_swiglu", "rms_norm_swiglu", {9, 48}, {35, 35}, LMOS_F32),
      normalized("rms_norm_swiglu_one_token", "rms_norm_swiglu", {1, 288}, {1100, 1100}, kMain),
      normalized("rms_norm_swiglu_tens_of_rows", "rms_norm_swiglu", {3, 11, 288}, {104, 104},
                 LMOS_F32),
      normalized("rms_norm_swiglu_3d", "rms_norm_swiglu", {1, 1, 64}, {21, 21}, LMOS_F32),
      linear_add("linear_add", {21, 48}, 35, std::nullopt),
      linear_add("linear_add_one_token", {1, 2176}, 96, std::nullopt),
      linear_add("linear_add_tens_of_rows", {64, 288}, 96, std::nullopt),
      linear_add("linear_add_few_tokens", {5, 288}, 51, kMain),
      linear_add("linear_add_f32_bias", {1, 64}, 33, LMOS_F32),
      linear_add("linear_add_3d", {2, 3, 31}, 17, kMain),
      quantized("linear_int8", LMOS_I8, {21, 48}, 35),
      quantized("linear_int8_one_token", LMOS_I8, {1, 288}, 100),
      quantized("linear_int8_one_token_odd", LMOS_I8, {1, 77}, 51, kMain),
      quantized("linear_int8_few_tokens", LMOS_I8, {5, 256}, 40, LMOS_F32),
      quantized("linear_int8_some_tens_of_rows", LMOS_I8, {37, 256}, 41, kMain),
      quantized("linear_e4m3_long_rows", LMOS_F8_E4M3, {7, 14336}, 19),
      quantized("linear_int8_3d", LMOS_I8, {2, 9, 31}, 17),
      quantized("linear_int8_many_rows", LMOS_I8, {200, 512}, 389, kMain),
      quantized("linear_e4m3", LMOS_F8_E4M3, {21, 48}, 35),
      quantized("linear_e4m3_one_token", LMOS_F8_E4M3, {1, 288}, 100, LMOS_F32),
      quantized("linear_e4m3_few_tokens", LMOS_F8_E4M3, {6, 64}, 33),
      quantized("linear_e4m3_many_rows", LMOS_F8_E4M3, {200, 512}, 389, kMain),
      with_quantized(
          normalized("rms_norm_linear_one_token", "rms_norm_linear", {1, 288}, {96, 33, 40}, kMain),
          "_int8", LMOS_I8, 2, 3, 5),
      with_quantized(normalized("rms_norm_linear_one", "rms_norm_linear", {9, 48}, {35}, kMain),
                     "_e4m3", LMOS_F8_E4M3, 2, 1, 5),
      with_quantized(normalized("rms_norm_swiglu_one_token", "rms_norm_swiglu", {1, 288},
                                {1100, 1100}, LMOS_F32),
                     "_int8", LMOS_I8, 2, 2, 4),
      with_quantized(normalized("rms_norm_swiglu", "rms_norm_swiglu", {9, 48}, {35, 35}, kMain),
                     "_e4m3", LMOS_F8_E4M3, 2, 2, 4),
      with_quantized(linear_add("linear_add_one_token", {1, 2176}, 96, std::nullopt), "_int8",
                     LMOS_I8, 1, 1, 4),
      with_quantized(linear_add("linear_add_few_tokens", {5, 288}, 51, kMain), "_e4m3",
                     LMOS_F8_E4M3, 1, 1, 4),
      weight_grad("linear_weight_grad", {37, 19}, {37, 45}, kMain),
      weight_grad("linear_weight_grad_f32", {37, 19}, {37, 45}, LMOS_F32),
      weight_grad("linear_weight_grad_f32_multiples_of_16", {256, 64}, {256, 96}, LMOS_F32),
      weight_grad("linear_weight_grad_f32_many_rows", {700, 130}, {700, 200}, LMOS_F32),
      weight_grad("linear_weight_grad_3d", {2, 5, 7}, {2, 5, 11}, kMain),
      weight_grad("linear_weight_grad_one_token", {1, 7}, {1, 11}, kMain),
  };
}

}  // namespace lmos::test
