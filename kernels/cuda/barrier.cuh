// Barriers in shared memory ("mbarrier", PTX ISA 9.7.13): threads that arrive go on at once, and
// others wait for a phase to end. Phases alternate in parity, beginning with 0. Compute capability
// 9.0 or later.
#pragma once

#include <cstdint>

namespace lmos::cuda {

// A phase ends when `count` threads have arrived. Others use the barrier after a block's barrier.
__device__ inline void init_barrier(uint32_t barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
// What the thread did before is visible to those who wait. (One arrival for a warp, after its own
// barrier, would do, but was not faster, and compute-sanitizer takes it for a race.)
__device__ inline void arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
// Waits until the phase of that parity has ended.
__device__ inline void wait_phase(uint32_t barrier, int parity) {
  asm volatile(
      "{\n.reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

// Moves registers between warpgroups; each role of a kernel calls one of them first.
template <int kRegisters>
__device__ inline void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
__device__ inline void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

}  // namespace lmos::cuda
