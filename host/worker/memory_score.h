// Which process ends when the machine runs out of memory.
#pragma once

namespace lmos::worker {

// This process, and those it starts, look larger to the kernel by so many thousandths of the
// machine's memory (0 to 1000) when it chooses one to kill; by more if they already do. Does nothing
// where the kernel does not let it.
void offer_to_memory_killer(int thousandths);

}  // namespace lmos::worker
