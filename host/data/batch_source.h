// Rows of packed documents for causal language modelling.
#pragma once

#include <cstdint>
#include <memory>

#include "data/batches.h"
#include "data/data_order.h"
#include "data/token_stream.h"

namespace lmos::data {

// Rows of a batch, the caller's memory; each [rows, sequence].
struct BatchRows {
  int32_t* input_ids;
  int32_t* positions;
  int32_t* segments;  // tokens attend to their own segment of their row
  int32_t* labels;    // the next token, or kIgnoredLabel
};

// Documents stand one after another in the stream; a row is a stretch of it, whatever the
// documents.
//
// Without isolation a row is one segment with positions 0 … sequence − 1. With it, a document's
// tokens attend to nothing but their own document: each document that begins within a row begins a
// new segment at position 0.
//
// A label that is the first token of another document is ignored where it cannot be predicted: with
// isolation, and in a stream whose documents have no end-of-text token. Otherwise, after an
// end-of-text token, the model learns how documents begin, as GPT-2 and nanoGPT train. The label of
// a document's last token of text is its end-of-text token and always counts.
//
// A pure function of the stream, the options and the step. [any-thread]
class BatchSource {
 public:
  BatchSource(std::shared_ptr<const TokenStream> stream, const DataOrderOptions& order,
              bool isolate_documents);

  // Rows [first_row, first_row + rows) of the global batch of `step`. Past the end of kInOrder,
  // rows are id 0 with ignored labels.
  void fill(uint64_t step, int64_t first_row, int64_t rows, const BatchRows& out) const;

  // Labels of the whole global batch that are not ignored.
  int64_t counted_labels(uint64_t step) const;
  // Bytes of text of the global batch's labels, see TokenStream::text_bytes: what the loss is
  // spread over for bits per byte.
  double label_bytes(uint64_t step) const;

  // Steps of kInOrder, the last perhaps with rows past the end; of the others, steps in an epoch,
  // rounded up.
  uint64_t steps() const;
  const TokenStream& stream() const { return *stream_; }
  const DataOrder& order() const { return order_; }

 private:
  void fill_row(uint64_t first_token, const BatchRows& row) const;
  void isolate(uint64_t first_token, const BatchRows& row) const;
  bool ignores_first_tokens() const { return isolate_documents_ || !stream_->closed(); }

  std::shared_ptr<const TokenStream> stream_;
  DataOrder order_;
  bool isolate_documents_;
};

}  // namespace lmos::data
