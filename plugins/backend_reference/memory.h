// The opaque types of lmos.backend/1 for host memory. Streams run each call before it returns.
#pragma once

#include <cstdint>

#include "kernel.h"
#include "llmasos/backend.h"

struct lmos_device {
  const lmos_host* host;
};

struct lmos_buffer {
  lmos_device* device;
  unsigned char* memory;
  uint64_t bytes;
  bool wrapped;  // borrowed and read-only
};

struct lmos_stream {
  lmos_device* device;
};

struct lmos_kernel {
  lmos_device* device;
  lmos::reference::Kernel kernel;
  std::string description;               // of the node, for errors
  std::vector<uint64_t> bytes;           // of each operand; 0 and `absent` where there is none
  std::vector<uint8_t> absent, changed;  // by operand
  std::vector<void*> addresses;          // by operand, filled by each run
};
