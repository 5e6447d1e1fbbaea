// Where every intermediate value lives: a static plan of one arena, made before anything runs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "graph/graph.h"

namespace lmos::passes {

inline constexpr uint64_t kArenaAlignment = 64;  // bytes
inline constexpr uint64_t kNoOffset = UINT64_MAX;

// All in bytes, each value rounded up to kArenaAlignment.
struct MemoryUse {
  // Outside the arena.
  uint64_t inputs = 0;
  uint64_t parameters = 0;
  uint64_t states = 0;
  // In the arena at the node where the most is live. The sum of the three is a lower bound of any
  // plan's arena.
  size_t peak_node = 0;
  uint64_t peak_outputs = 0;        // graph outputs
  uint64_t peak_intermediates = 0;  // other values
  uint64_t peak_scratch = 0;

  uint64_t peak() const { return peak_outputs + peak_intermediates + peak_scratch; }
};

// Offsets hold while nodes run in list order. A value is live from its producer to its last use,
// both included, so outputs never overlap inputs; a graph output is live to the end; scratch is
// live during its node.
struct MemoryPlan {
  uint64_t arena_bytes = 0;
  std::vector<uint64_t> offsets;  // by value; kNoOffset for inputs, parameters and states
  std::vector<graph::ValueId>
      storage;  // by value: the value whose bytes it shares, itself unless it is an alias
  std::vector<uint64_t> scratch_offsets;  // by node; kNoOffset where it needs none
  // By node: a reshape of a value in the arena. Its output shares the operand's bytes, and it must
  // not be run.
  std::vector<bool> is_alias;
  MemoryUse use;
};

// Bytes of temporary memory that a node's kernel needs.
using ScratchBytes = std::function<uint64_t(const graph::Graph&, const graph::Node&)>;

// All shapes are numbers. Throws kResource if the sizes overflow.
MemoryPlan plan_memory(const graph::Graph& graph, const ScratchBytes& scratch_bytes);

}  // namespace lmos::passes
