// The opaque types of lmos.backend/1 for this machine's memory and processors. Streams run each
// call before it returns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cpu/isa.h"
#include "llmasos/backend.h"
#include "operation.h"

struct lmos_device {
  lmos::cpu::Isa isa;
  lmos::cpu::Parallel parallel;  // the host's thread pool
  bool batch_invariant = false;

  lmos::backend_cpu::Machine machine() const {
    return {lmos::cpu::kernels(isa), parallel.threads, batch_invariant};
  }
};

struct lmos_buffer {
  std::byte* memory;
  uint64_t bytes;
  bool wrapped;  // borrowed and read-only
};

struct lmos_stream {
  lmos_device* device;
};

struct lmos_kernel {
  struct Operand {
    uint64_t bytes;
    bool absent, changed;
  };
  std::string op;
  lmos::backend_cpu::Prepared prepared;
  std::vector<Operand> operands;
  std::vector<void*> addresses;  // filled by each run
};

namespace lmos::backend_cpu {

inline constexpr const char* kIsaField = "isa";
inline constexpr const char* kBatchInvariantField = "batch_invariant";

// Throws sdk::Error for an instruction set that this machine lacks.
lmos_device open_device(const lmos_config* section);

// Throws std::bad_alloc. Large buffers ask for huge pages.
std::byte* allocate_memory(uint64_t bytes);
void free_memory(std::byte* memory);

}  // namespace lmos::backend_cpu
