// What a process takes of the machine's memory.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace lmos::serve {

// In RAM now, pages of files among them; 0 for a process that has ended. [any-thread]
uint64_t resident_bytes(pid_t process);

}  // namespace lmos::serve
