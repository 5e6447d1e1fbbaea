// matmul, linear, linear_compact, linear_quantized, linear_weight_grad.
#include <memory>

#include "cpu/products/matmul.h"
#include "llmasos/compact_weights.hpp"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

// y = a · b (+ bias), of operands by index; no bias: SIZE_MAX.
Prepared product(const Machine& machine, const cpu::MatmulShape& shape, size_t a, size_t b,
                 size_t bias, size_t y) {
  // Shared, because a std::function must be copyable.
  const auto matmul = std::make_shared<cpu::Matmul>(shape, machine.threads);
  return {[=](const Run& run) {
            matmul->run(run.parallel, run[a], run[b], bias == SIZE_MAX ? nullptr : run[bias],
                        run[y], run.scratch());
          },
          matmul->scratch_bytes()};
}

bool all_positive(const cpu::MatmulShape& shape) {
  return shape.batch > 0 && shape.m > 0 && shape.n > 0 && shape.k > 0;
}

// The same where the weights are read once, as they lie.
Prepared skinny_product(const Machine& machine, const cpu::MatmulShape& shape, size_t bias,
                        size_t y) {
  const cpu::SkinnyKernels& kernels = machine.kernels.skinny;
  const cpu::Skinny args{.type = shape.type,
                         .result_type = shape.result_type,
                         .bias_type = shape.bias_type,
                         .rows = shape.m,
                         .inputs = shape.k,
                         .outputs = shape.n,
                         .transposed = !shape.transpose_b};
  return {[=, kernel = kernels.skinny](const Run& run) {
            cpu::Skinny now = args;
            now.x = run[0];
            now.w = run[1];
            now.bias = bias == SIZE_MAX ? nullptr : run[bias];
            now.y = run[y];
            now.scratch = run.scratch();
            kernel(run.parallel, now);
          },
          kernels.scratch_bytes(args, machine.threads)};
}

bool is_skinny(const Machine& machine, const cpu::MatmulShape& shape) {
  if (shape.batch != 1 || shape.transpose_a) return false;
  return machine.batch_invariant ||
         shape.m <= (shape.transpose_b ? cpu::kSkinnyRows : cpu::kTransposedSkinnyRows);
}

}  // namespace

Prepared prepare_matmul(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor a = node.input(0), b = node.input(1), y = node.output(0);
  const size_t rank = a.dims.size();
  node.require(rank >= 2 && b.dims.size() == rank && y.dims.size() == rank && a.is_float() &&
                   a.dtype == b.dtype && y.is_float() &&
                   (y.dtype == a.dtype || y.dtype == LMOS_F32),
               "matrices of one of f32, bf16 and f16, and a result in that or f32");
  const bool transpose_a = node.integer_or("transpose_a", 0) != 0;
  const bool transpose_b = node.integer_or("transpose_b", 0) != 0;
  int64_t batch = 1;
  for (size_t i = 0; i + 2 < rank; ++i) {
    node.require(a.dims[i] == b.dims[i] && a.dims[i] == y.dims[i], "equal leading dims");
    batch *= a.dims[i];
  }
  const cpu::MatmulShape shape{.type = float_type(a),
                               .result_type = float_type(y),
                               .batch = batch,
                               .m = y.dims[rank - 2],
                               .n = y.dims[rank - 1],
                               .k = a.dims[rank - (transpose_a ? 2 : 1)],
                               .transpose_a = transpose_a,
                               .transpose_b = transpose_b};
  node.require(a.dims[rank - (transpose_a ? 1 : 2)] == shape.m &&
                   b.dims[rank - (transpose_b ? 1 : 2)] == shape.k &&
                   b.dims[rank - (transpose_b ? 2 : 1)] == shape.n && all_positive(shape),
               "[M,K] by [K,N] giving [M,N], none of them 0");
  return is_skinny(machine, shape) ? skinny_product(machine, shape, SIZE_MAX, 2)
                                   : product(machine, shape, 0, 1, SIZE_MAX, 2);
}

Prepared prepare_linear(const Node& node, const Machine& machine) {
  node.require_operands(2, 1, 1);
  const Tensor x = node.input(0), w = node.input(1), y = node.output(0);
  const bool transposed = node.integer_or("transposed", 0) != 0;
  node.require(x.rank() >= 1 && x.is_float() && w.rank() == 2 &&
                   w.dims[transposed ? 0 : 1] == x.last() && w.dtype == x.dtype &&
                   y.dtype == x.dtype,
               "f32, bf16 or f16 x [..,I], w [O,I] or, if `transposed`, [I,O], and y of one dtype");
  const int64_t rows = x.rows(), outputs = w.dims[transposed ? 1 : 0], inputs = x.last();
  const bool biased = node.has_input(2);
  const cpu::Float bias_type = biased ? float_type(node.input(2)) : cpu::Float::f32;
  if (biased) {
    const Tensor bias = node.input(2);
    node.require(bias.is_float() && bias.has_dims({outputs}) &&
                     (bias.dtype == x.dtype || bias.dtype == LMOS_F32),
                 "a bias [O] in f32 or x's dtype");
  }
  const cpu::MatmulShape shape{.type = float_type(x),
                               .result_type = float_type(y),
                               .m = rows,
                               .n = outputs,
                               .k = inputs,
                               .transpose_b = !transposed,
                               .bias = biased,
                               .bias_type = bias_type};
  node.require(all_positive(shape), "no dimension of 0");
  const size_t bias_index = biased ? 2 : SIZE_MAX, y_index = node.inputs();
  return is_skinny(machine, shape) ? skinny_product(machine, shape, bias_index, y_index)
                                   : product(machine, shape, 0, 1, bias_index, y_index);
}

Prepared prepare_linear_quantized(const Node& node, const Machine& machine) {
  node.require_operands(3, 1, 1);
  const Tensor x = node.input(0), q = node.input(1), scale = node.input(2), y = node.output(0);
  node.require(
      x.rank() >= 1 && x.is_float() && q.is_quantized() && q.rank() == 2 && q.last() == x.last() &&
          x.elements > 0 && q.elements > 0 && scale.dtype == LMOS_F32 &&
          scale.has_dims({q.dims[0]}) && y.dtype == x.dtype,
      "f32, bf16 or f16 x [..,I], i8 or f8_e4m3 q [O,I], f32 scale [O] and y of x's dtype, no "
      "dimension of 0");
  const bool biased = node.has_input(3);
  if (biased) {
    const Tensor bias = node.input(3);
    node.require(bias.is_float() && bias.has_dims({q.dims[0]}), "an f32, bf16 or f16 bias [O]");
  }
  const cpu::SkinnyKernels& kernels = machine.kernels.skinny;
  const cpu::Skinny args{
      .type = float_type(x),
      .result_type = float_type(y),
      .bias_type = biased ? float_type(node.input(3)) : cpu::Float::f32,
      .rows = x.rows(),
      .inputs = x.last(),
      .outputs = q.dims[0],
      .format = q.dtype == LMOS_I8 ? cpu::WeightFormat::int8 : cpu::WeightFormat::e4m3};
  return {[=, kernel = kernels.skinny, y = node.inputs()](const Run& run) {
            cpu::Skinny now = args;
            now.x = run[0];
            now.w = run[1];
            now.scales = run.as<float>(2);
            now.bias = biased ? run[3] : nullptr;
            now.y = run[y];
            now.scratch = run.scratch();
            kernel(run.parallel, now);
          },
          kernels.scratch_bytes(args, machine.threads)};
}

static_assert(cpu::kCompactBlock == sdk::kCompactBlock &&
              cpu::kCompactBytes == sdk::kCompactBytes && cpu::kRawBlock == sdk::kRawBlock);

Prepared prepare_linear_compact(const Node& node, const Machine& machine) {
  node.require_operands(4, 1, 1);
  const Tensor x = node.input(0), blocks = node.input(1), y = node.output(0);
  const int64_t inputs = x.last(), outputs = blocks.dims[0], count = inputs / cpu::kCompactBlock;
  node.require(x.dtype == LMOS_BF16 && x.elements > 0 && blocks.elements > 0 &&
                   inputs % cpu::kCompactBlock == 0 && blocks.dtype == LMOS_U8 &&
                   blocks.has_dims({outputs, count * cpu::kCompactBytes}) &&
                   node.input(2).has_dims({outputs, count}) && node.input(3).dtype == LMOS_BF16 &&
                   node.input(3).last() == cpu::kCompactBlock && y.dtype == x.dtype,
               "bf16 x [..,I], I a multiple of 128, u8 blocks [O, 192 I/128], u8 bases [O, I/128], "
               "bf16 raw [C, 128] and y of x's dtype, no dimension of 0");
  const bool biased = node.has_input(4);
  if (biased) {
    node.require(node.input(4).is_float() && node.input(4).has_dims({outputs}),
                 "an f32 or bf16 bias [O]");
  }
  const cpu::SkinnyKernels& kernels = machine.kernels.skinny;
  const cpu::Skinny args{.type = cpu::Float::bf16,
                         .result_type = cpu::Float::bf16,
                         .bias_type = biased ? float_type(node.input(4)) : cpu::Float::f32,
                         .rows = x.rows(),
                         .inputs = inputs,
                         .outputs = outputs,
                         .format = cpu::WeightFormat::compact};
  const auto given = [=, y = node.inputs()](const Run& run) {
    cpu::Skinny now = args;
    now.x = run[0];
    now.w = run[1];
    now.bases = run.as<uint8_t>(2);
    now.raw = run.as<cpu::bf16>(3);
    now.bias = biased ? run[4] : nullptr;
    now.y = run[y];
    return now;
  };
  const cpu::MatmulShape shape{.type = args.type,
                               .result_type = args.result_type,
                               .m = args.rows,
                               .n = outputs,
                               .k = inputs,
                               .transpose_b = true,
                               .bias = biased,
                               .bias_type = args.bias_type};
  if (is_skinny(machine, shape)) {
    return {[=, kernel = kernels.skinny](const Run& run) {
              cpu::Skinny now = given(run);
              now.scratch = run.scratch();
              kernel(run.parallel, now);
            },
            kernels.scratch_bytes(args, machine.threads)};
  }
  // For many rows, the weights are widened into scratch memory first.
  const auto matmul = std::make_shared<cpu::Matmul>(shape, machine.threads);
  const int64_t widened = outputs * inputs * int64_t{sizeof(cpu::bf16)};
  return {[=, widen = kernels.widen_compact](const Run& run) {
            const cpu::Skinny now = given(run);
            widen(run.parallel, now, run.scratch<cpu::bf16>());
            matmul->run(run.parallel, now.x, run.scratch(), now.bias, now.y, run.scratch(widened));
          },
          widened + matmul->scratch_bytes()};
}

Prepared prepare_linear_weight_grad(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor dy = node.input(0), x = node.input(1), dw = node.output(0);
  node.require(dy.rank() >= 1 && x.rank() >= 1 && dy.is_float() && dy.dtype == x.dtype &&
                   dy.rows() == x.rows() && dw.has_dims({dy.last(), x.last()}) && dw.is_float() &&
                   (dw.dtype == dy.dtype || dw.dtype == LMOS_F32),
               "dy [..,O] and x [..,I] of one of f32, bf16 and f16, and dw [O,I] in that or f32");
  const cpu::MatmulShape shape{.type = float_type(dy),
                               .result_type = float_type(dw),
                               .m = dy.last(),
                               .n = x.last(),
                               .k = x.rows(),
                               .transpose_a = true};
  node.require(all_positive(shape), "no dimension of 0");
  return product(machine, shape, 0, 1, SIZE_MAX, 2);
}

}  // namespace lmos::backend_cpu
