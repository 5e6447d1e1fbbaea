// Which stretch of the token stream each row of each batch is.
#pragma once

#include <cstdint>
#include <optional>

namespace lmos::data {

enum class Sampling {
  kEpochs,         // every sequence once an epoch, in an order that each epoch shuffles anew
  kRandomWindows,  // every row begins anywhere, as nanoGPT does
  kInOrder,        // one pass from front to back, for evaluation
};

struct DataOrderOptions {
  Sampling sampling = Sampling::kEpochs;
  uint64_t seed = 0;
  int64_t sequence = 0;  // tokens in a row
  int64_t batch = 0;     // rows in a global batch: all micro-batches of all ranks
};

// A pure function of (seed, step, row of the global batch): ranks, accumulation and restarts cannot
// change it.
//
// With sampling by sequences, sequence i of the stream is tokens [i S, i S + S), labels one token
// later; the at most S tokens after the last whole sequence are not used. Rows count on over the
// steps, so an epoch may end within a batch. [any-thread]
class DataOrder {
 public:
  // `tokens`: of the stream. Error(kInput) when they do not make one sequence with its labels.
  DataOrder(uint64_t tokens, const DataOrderOptions& options);

  // The row's first token; nothing past the end with kInOrder. `row` is in [0, batch).
  std::optional<uint64_t> first_token(uint64_t step, int64_t row) const;

  // Whole sequences in the stream.
  uint64_t sequences() const { return sequences_; }
  const DataOrderOptions& options() const { return options_; }

 private:
  DataOrderOptions options_;
  uint64_t windows_;  // places where a row can begin
  uint64_t sequences_;
};

}  // namespace lmos::data
