#include "cpu/products/products_reference.h"

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void matmul(const MatmulShape& shape, const void* a_data, const void* b_data, const void* bias_data,
            void* c_data) {
  const Reader a(shape.type, a_data), b(shape.type, b_data), bias(shape.bias_type, bias_data);
  const Reader before(shape.result_type, c_data);
  const Writer c(shape.result_type, c_data);
  const int64_t m = shape.m, n = shape.n, k = shape.k;
  for (int64_t batch = 0; batch < shape.batch; ++batch) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        const int64_t at = (batch * m + i) * n + j;
        double sum = shape.accumulate ? before[at] : 0;
        if (shape.bias) sum += bias[j];
        for (int64_t l = 0; l < k; ++l) {
          sum += a[batch * m * k + (shape.transpose_a ? l * m + i : i * k + l)] *
                 b[batch * k * n + (shape.transpose_b ? j * k + l : l * n + j)];
        }
        c.set(at, sum);
      }
    }
  }
}

void skinny(const Skinny& args) {
  matmul({.type = args.type,
          .result_type = args.result_type,
          .m = args.rows,
          .n = args.outputs,
          .k = args.inputs,
          .transpose_b = !args.transposed,
          .bias = args.bias != nullptr,
          .bias_type = args.bias_type},
         args.x, args.w, args.bias, args.y);
}

}  // namespace lmos::cpu::reference
