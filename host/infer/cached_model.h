// A causal model with a key-value cache: runs ragged batches of tokens and gives logits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::infer {

// One token of a batch: its id, the cache slot of its sequence, and its position in that sequence.
struct Token {
  int32_t id = 0;
  int32_t slot = 0;
  int32_t position = 0;
};

struct CacheShape {
  int64_t slots = 1;     // sequences at once
  int64_t capacity = 0;  // tokens in each
  int64_t chunk = 512;   // most tokens in one batch
};

// The graph with attention over a cache and float32 logits; symbols tokens and rows remain.
graph::Graph with_cache(const graph::Graph& logits, const CacheShape& shape);

// Tokens in the largest batch: `chunk`, or the capacity if that is less.
int64_t chunk_tokens(const CacheShape& shape);

// One thread at a time.
class CachedModel {
 public:
  // `logits`: a graph of task causal_lm.logits. `weights` holds its parameters and outlives this
  // object. Allocates the cache.
  CachedModel(runtime::Device& device, const graph::Graph& logits, runtime::TensorStore& weights,
              const CacheShape& shape);

  // Runs the tokens, at most `chunk`, after the tokens that the cache holds already: a sequence's
  // tokens come in order, each position once. Returns logits [rows.size(), vocab] of the tokens
  // that `rows` names by their place in `tokens`; valid to the next call.
  std::span<const float> forward(std::span<const Token> tokens, std::span<const int32_t> rows);

  // As of Executable, for the batch sizes that ran before.
  void set_profiler(runtime::Profiler* profiler);

  int64_t vocab_size() const { return vocab_size_; }
  const CacheShape& shape() const { return shape_; }

 private:
  // An executable for a padded number of tokens and rows, with its inputs on the device.
  struct Variant {
    std::unique_ptr<runtime::Executable> executable;
    std::map<std::string, runtime::Buffer> inputs;
  };
  Variant& variant(int64_t tokens, int64_t rows);

  runtime::Device& device_;
  runtime::TensorStore& weights_;
  CacheShape shape_;
  graph::Graph graph_;  // with cached attention; symbols tokens, rows
  int64_t vocab_size_ = 0;
  runtime::Stream stream_;
  runtime::TensorStore cache_;
  std::map<std::pair<int64_t, int64_t>, Variant> variants_;
  std::vector<float> logits_;
};

}  // namespace lmos::infer
