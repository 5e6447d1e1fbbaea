// A causal model with a paged key-value cache: runs ragged batches of tokens and gives logits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "infer/likeliest.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::infer {

// One token of a batch: its id, its sequence's row of the page table, and its position there.
struct Token {
  int32_t id = 0;
  int32_t sequence = 0;
  int32_t position = 0;
};

struct CacheShape {
  int64_t sequences = 1;  // at once
  int64_t capacity = 0;   // tokens in the longest
  int64_t chunk = 512;    // most tokens in one batch
  int64_t page_tokens = 64;
  int64_t pages = 0;  // that the sequences share; 0: enough for all of them at their longest
  // Ids that may follow a text, from 0 on; 0: as many as the model has. Models pad their
  // vocabulary.
  int64_t known_ids = 0;

  // Tokens in the largest batch that can be.
  int64_t batch_tokens() const { return std::min(chunk, sequences * capacity); }
  int64_t sequence_pages() const { return (capacity + page_tokens - 1) / page_tokens; }
  int64_t page_count() const { return pages > 0 ? pages : sequences * sequence_pages(); }
};

// The graph with attention over a cache and float32 logits, and the likeliest tokens where the
// device has `largest`; symbols tokens and rows remain.
graph::Graph with_cache(const runtime::Device& device, const graph::Graph& logits,
                        const CacheShape& shape);

// One thread at a time.
class CachedModel {
 public:
  // `logits`: a graph of task causal_lm.logits. `weights` holds its parameters and outlives this
  // object. Allocates the cache. If each sequence can have all its pages, it has them from the
  // start; else set_page gives them out.
  CachedModel(runtime::Device& device, const graph::Graph& logits, runtime::TensorStore& weights,
              const CacheShape& shape);

  // Page `place` of a sequence, for its positions from place · page_tokens on, is `page` of the
  // cache, from the next batch on.
  void set_page(int32_t sequence, int64_t place, int32_t page);

  // Runs the tokens, at most batch_tokens(), after the tokens that the cache holds already: a
  // sequence's tokens come in order and its pages are set. What lies in the cache at a token's
  // position and after it is forgotten. What follows the tokens that `rows` names, by their place
  // in `tokens`, can be asked for below, by index in `rows`, until the next run; `scales`, as many
  // or none for 1, are those of likeliest().
  void run(std::span<const Token> tokens, std::span<const int32_t> rows,
           std::span<const float> scales = {});
  // Nothing if the device does not pick tokens out. Valid until the next run.
  std::optional<Likeliest> likeliest(size_t row) const;
  // [rows, vocab] of the device's logits, from row `first` on; valid until the next call of run or
  // logits.
  std::span<const float> logits(size_t first, size_t rows = 1);
  // run, then the logits of all rows.
  std::span<const float> forward(std::span<const Token> tokens, std::span<const int32_t> rows);

  // As of Executable, for the batch sizes that ran before.
  void set_profiler(runtime::Profiler* profiler);

  int64_t vocab_size() const { return vocab_size_; }
  // Of which may follow a text.
  int64_t known_ids() const {
    return shape_.known_ids > 0 ? std::min(shape_.known_ids, vocab_size_) : vocab_size_;
  }
  const CacheShape& shape() const { return shape_; }

 private:
  // An executable for a padded number of tokens and rows, with its inputs on the device: they lie
  // in one buffer, which one upload fills, at these places of `values`.
  struct Variant {
    std::unique_ptr<runtime::Executable> executable;
    runtime::Buffer buffer;
    std::vector<int32_t> values;
    std::map<std::string, std::pair<size_t, size_t>> inputs;  // first, count

    std::span<int32_t> input(std::string_view name);
  };
  Variant& variant(int64_t tokens, int64_t rows);
  void fetch_likeliest(const runtime::Executable& executable);

  runtime::Device& device_;
  runtime::TensorStore& weights_;
  CacheShape shape_;
  graph::Graph graph_;  // with cached attention; symbols tokens, rows
  int64_t vocab_size_ = 0;
  runtime::Stream stream_;
  runtime::TensorStore cache_;
  std::vector<int32_t> page_table_;  // [sequences + 1, sequence_pages]
  bool page_table_changed_ = true;
  runtime::Buffer page_table_buffer_;
  std::map<std::pair<int64_t, int64_t>, Variant> variants_;
  const runtime::Executable* last_ = nullptr;  // that ran
  std::vector<float> logits_;
  // Of the last run's rows, where the device picks tokens out: else empty.
  std::vector<float> scales_, sums_, largest_;
  std::vector<int32_t> largest_ids_;
};

}  // namespace lmos::infer
