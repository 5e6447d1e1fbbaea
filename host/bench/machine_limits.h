// What the machine can do at most, measured through the backend that a bench uses.
#pragma once

#include <memory>

#include "runtime/device.h"

namespace lmos::bench {

struct MachineLimits {
  double read_bytes_per_second = 0;     // reading memory that no cache holds
  double product_flops_per_second = 0;  // a large matrix product in the compute type
};

// Measures the limits as often as asked: on a machine that shares its memory with others they
// change from one second to the next. Takes 512 MiB of device memory.
class LimitProbe {
 public:
  LimitProbe(runtime::Device& device, lmos_dtype compute);
  ~LimitProbe();

  // By one run of each; some tens of milliseconds on a CPU.
  MachineLimits measure();

 private:
  class Work;
  std::unique_ptr<Work> reading_, product_;
};

}  // namespace lmos::bench
