// Checks every kernel against its reference; the exit status is 1 if one is wrong, 77 without a
// GPU.
#include <cstdio>

#include "cuda/testing/array.h"
#include "cuda/testing/tests.h"

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("skipped: no CUDA device\n");
    return 77;
  }
  lmos::cuda::testing::test_skinny();
  lmos::cuda::testing::test_measured_products();
  lmos::cuda::testing::test_cross_entropy();
  lmos::cuda::testing::test_attention();
  std::printf("%d failures\n", lmos::cuda::testing::failures());
  return lmos::cuda::testing::failures() > 0;
}
