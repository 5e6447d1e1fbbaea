#include "cpu/rows/rows.h"
#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// Groups the tokens by row, keeping their order: tokens of row n are sorted[first[n] … first[n+1]).
bool group_by_row(const ScatterAddRows& args, int32_t* first, int32_t* sorted) {
  for (int64_t n = 0; n <= args.rows; ++n) first[n] = 0;
  for (int64_t t = 0; t < args.tokens; ++t) {
    const int32_t row = args.index[t];
    if (row < 0 || row >= args.rows) return false;
    ++first[row];
  }
  int32_t total = 0;
  for (int64_t n = 0; n <= args.rows; ++n) {
    total += first[n];
    first[n] = total;  // the end of row n; lowered to its beginning below
  }
  for (int64_t t = args.tokens - 1; t >= 0; --t) {
    sorted[--first[args.index[t]]] = static_cast<int32_t>(t);
  }
  return true;
}

template <class T, class R>
void add_rows(const ScatterAddRows& args, const int32_t* first, const int32_t* sorted,
              int64_t begin, int64_t end) {
  const T* dy = static_cast<const T*>(args.dy);
  R* y = static_cast<R*>(args.y);
  for (int64_t n = begin; n < end; ++n) {
    vectors(args.width, [&](int64_t i, auto lanes) {
      F32 total = F32::zero();
      for (int32_t k = first[n]; k < first[n + 1]; ++k) {
        total = total + load(dy + sorted[k] * args.width + i, lanes);
      }
      store(y + n * args.width + i, total, lanes);
    });
  }
}

bool scatter_add_rows(const Parallel& parallel, const ScatterAddRows& args) {
  int32_t* first = args.order;
  int32_t* sorted = args.order + args.rows + 1;
  if (!group_by_row(args, first, sorted)) return false;
  const int64_t grain = larger(1, 8192 / larger(1, args.width));
  with_type(args.type, [&]<class T>(Type<T>) {
    with_type(args.result_type, [&]<class R>(Type<R>) {
      for_range(parallel, args.rows, grain, [&](int64_t begin, int64_t end, int32_t) {
        add_rows<T, R>(args, first, sorted, begin, end);
      });
    });
  });
  return true;
}

}  // namespace

extern const RowKernels row_kernels;
const RowKernels row_kernels{scatter_add_rows};

}  // namespace lmos::cpu::LMOS_ISA
