#include <vector>

#include "llmasos/compact_weights.hpp"
#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_linear_compact(const Node& node) {
  node.expect_operands(4, 1, 1);
  const Tensor &x = node.input(0), &blocks = node.input(1), &bases = node.input(2),
               &raw = node.input(3), &y = node.output(0);
  const int64_t in = x.last(), count = in / sdk::kCompactBlock;
  node.expect(x.rank() >= 1 && in % sdk::kCompactBlock == 0 && blocks.rank() == 2 &&
                  blocks.dtype == LMOS_U8 && blocks.last() == count * sdk::kCompactBytes,
              "x [..,I], I a multiple of 128, and u8 blocks [O, 192 I/128]");
  const int64_t out = blocks.dims[0];
  node.expect(bases.dtype == LMOS_U8 && bases.dims == std::vector{out, count},
              "u8 bases [O, I/128]");
  node.expect(raw.dtype == LMOS_BF16 && raw.rank() == 2 && raw.last() == sdk::kCompactBlock,
              "bf16 raw [C, 128]");
  std::vector<int64_t> dims = x.dims;
  dims.back() = out;
  node.expect(y.dtype == x.dtype && y.dims == dims, "y [..,O] of x's dtype");
  const bool biased = node.has_input(4);
  const lmos_dtype bias_dtype = biased ? node.input(4).dtype : 0;
  if (biased)
    node.expect(node.input(4).is_float() && node.input(4).dims == std::vector{out},
                "a float b [O]");
  const size_t output = node.inputs().size();
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, rows = x.rows()](const Operands& operands) {
      const auto* blocks = operands.as<std::byte>(1);
      const auto* bases = operands.as<uint8_t>(2);
      const auto* raw = operands.as<uint16_t>(3);
      const FloatReader bias(biased ? operands[4] : nullptr, bias_dtype);
      std::vector<uint16_t> row(static_cast<size_t>(in));
      for (int64_t o = 0; o < out; ++o) {
        for (int64_t i = 0; i < count; ++i) {
          const std::byte* place = blocks + (o * count + i) * sdk::kCompactBytes;
          const std::span<uint16_t, sdk::kCompactBlock> to(row.data() + i * sdk::kCompactBlock,
                                                           sdk::kCompactBlock);
          const uint8_t base = bases[o * count + i];
          if (base == sdk::kRawBlock) {
            std::copy_n(raw + sdk::raw_block_index(place) * sdk::kCompactBlock, to.size(),
                        to.begin());
          } else {
            sdk::read_compact_block(
                std::span<const std::byte, sdk::kCompactBytes>(place, sdk::kCompactBytes), base,
                to);
          }
        }
        const FloatReader weights(row.data(), LMOS_BF16);
        for (int64_t n = 0; n < rows; ++n) {
          double sum = 0;
          for (int64_t i = 0; i < in; ++i)
            sum += static_cast<double>(widen(operands.as<T>(0)[n * in + i])) * weights[i];
          operands.as<T>(output)[n * out + o] = narrow<T>(sum + (biased ? bias[o] : 0));
        }
      }
    };
  })};
}

}  // namespace lmos::reference
