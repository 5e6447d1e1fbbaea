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
// change from one second to the next. Takes 1 to 1.4 GiB of device memory.
class LimitProbe {
 public:
  LimitProbe(runtime::Device& device, lmos_dtype compute);
  ~LimitProbe();

  // By runs of some milliseconds on a GPU, some tens of milliseconds on a CPU.
  MachineLimits measure();
  // Bytes read plus bytes written by a copy that no cache holds, in a second; the median of five
  // runs.
  double copy_bytes_per_second();
  // Rows, inputs and outputs of the product that `measure` times.
  int64_t product_size() const { return product_size_; }

 private:
  class Work;
  int64_t product_size_;
  std::unique_ptr<Work> reading_, copy_, product_;
};

}  // namespace lmos::bench
