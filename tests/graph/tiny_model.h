// A decoder of a few layers that passes are tried on.
#pragma once

#include "graph/graph.h"

namespace lmos::test {

struct TinyModel {
  lmos_dtype storage = LMOS_F32;
  lmos_dtype compute = LMOS_F32;
  int64_t layers = 2;
  bool symbolic = false;  // dims `tokens` and `sequence` are symbols
  int64_t tokens = 12;    // where they are numbers
  int64_t sequence = 6;
  bool segments = false;  // input `segments`
  bool dropout = false;   // input `random` i64[2]
  bool loss =
      true;  // output `loss` [tokens] from input `labels`; otherwise output `hidden` [tokens, 8]
};

inline constexpr int64_t kTinyVocab = 13;
inline constexpr int64_t kTinyEmbed = 8;

// Inputs ids, positions [tokens] i32. The embedding is also the head's weight. Block N is named
// layer.N.
graph::Graph tiny_model(const TinyModel& options);

}  // namespace lmos::test
