#include "cpu/rows/rows_reference.h"

#include <vector>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

void scatter_add_rows(const ScatterAddRows& args) {
  const testing::Reader dy(args.type, args.dy);
  std::vector<double> y(static_cast<size_t>(args.rows * args.width));
  for (int64_t t = 0; t < args.tokens; ++t) {
    for (int64_t i = 0; i < args.width; ++i) {
      y[args.index[t] * args.width + i] += dy[t * args.width + i];
    }
  }
  for (size_t i = 0; i < y.size(); ++i) {
    testing::Writer(args.result_type, args.y).set(static_cast<int64_t>(i), y[i]);
  }
}

}  // namespace lmos::cpu::reference
