// What the machine can do at most, measured through the backend that a bench uses.
#pragma once

#include "runtime/device.h"

namespace lmos::bench {

struct MachineLimits {
  double read_bytes_per_second = 0;     // reading memory that no cache holds
  double product_flops_per_second = 0;  // a large matrix product in the compute type
};

// Takes about two seconds and 512 MiB of device memory.
MachineLimits measure_limits(runtime::Device& device, lmos_dtype compute);

}  // namespace lmos::bench
