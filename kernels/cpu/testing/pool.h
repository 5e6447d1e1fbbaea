// A thread pool for tests and benches: one thread a piece, which spins between regions for a while
// before it sleeps.
#pragma once

#include <memory>

#include "cpu/parallel.h"

namespace lmos::cpu::testing {

class Pool {
 public:
  explicit Pool(int32_t threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Parallel parallel() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lmos::cpu::testing
