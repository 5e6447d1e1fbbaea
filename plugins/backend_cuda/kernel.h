// A prepared node: checks the operands of each run and calls the operation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "device.h"
#include "operation.h"

namespace lmos::backend_cuda {

class Kernel {
 public:
  // Throws sdk::Error(LMOS_UNSUPPORTED) for a node that is left to others.
  Kernel(const Device& device, const Node& node);

  uint64_t scratch_bytes() const { return scratch_bytes_; }
  void run(Stream& stream, std::span<const lmos_operand> operands, lmos_operand scratch);

 private:
  struct Operand {
    uint64_t bytes;
    bool absent;
  };
  void* address_of(size_t i, const lmos_operand& operand) const;

  std::string op_;
  Prepared prepared_;
  uint64_t scratch_bytes_ = 0;
  std::vector<Operand> operands_;
  std::vector<void*> addresses_;  // filled by each run
};

}  // namespace lmos::backend_cuda
