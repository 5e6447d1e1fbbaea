#include <atomic>
#include <cstring>

#include "cpu/rows/rows.h"

namespace lmos::cpu {

bool gather_rows(const Parallel& parallel, const GatherRows& args) {
  std::atomic<bool> valid{true};
  const int64_t grain = 1 + 65536 / (args.row_bytes + 1);
  for_range(parallel, args.tokens, grain, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t token = begin; token < end; ++token) {
      const int64_t row = args.index[token];
      if (row < 0 || row >= args.rows) {
        valid = false;
        return;
      }
      std::memcpy(static_cast<char*>(args.y) + token * args.row_bytes,
                  static_cast<const char*>(args.x) + row * args.row_bytes,
                  static_cast<size_t>(args.row_bytes));
    }
  });
  return valid;
}

}  // namespace lmos::cpu
