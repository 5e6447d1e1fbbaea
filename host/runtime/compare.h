// Finds which operation of a backend is wrong: runs a graph on one device, and each of its nodes on
// another with the same inputs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/executable.h"

namespace lmos::runtime {

// One result of one node on both devices.
struct NodeDifference {
  size_t node;  // in the trusted executable's graph
  std::string op;
  std::string shapes;
  std::string result;  // "output 0", "state 3"
  double relative_l2;  // of the difference, to the trusted values; NaN if either side has a NaN
  double max_error;    // largest difference of an element
  double max_value;    // largest trusted element
};

// `trusted` is allocated and bound, and runs once, node by node: states change as in any run. Each
// node then runs on `examined` (decomposed where it has no kernel) with the trusted inputs, so that
// errors do not add up over nodes. Nodes of no results are left out.
std::vector<NodeDifference> compare_nodes(Executable& trusted, Stream& trusted_stream,
                                          Device& examined);

// A table for the user: nodes in order, those above `tolerance` (of relative_l2) marked.
std::string difference_table(const std::vector<NodeDifference>& differences, double tolerance);

}  // namespace lmos::runtime
