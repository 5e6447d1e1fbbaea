#include "worker/memory_score.h"

#include <fstream>

namespace lmos::worker {

void offer_to_memory_killer(int thousandths) {
  constexpr const char* kFile = "/proc/self/oom_score_adj";
  // Whoever runs the daemon may have offered more.
  int offered = 0;
  std::ifstream(kFile) >> offered;
  if (offered < thousandths) std::ofstream(kFile) << thousandths;
}

}  // namespace lmos::worker
