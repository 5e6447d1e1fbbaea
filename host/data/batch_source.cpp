#include "data/batch_source.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lmos::data {

BatchSource::BatchSource(std::shared_ptr<const TokenStream> stream, const DataOrderOptions& order,
                         bool isolate_documents)
    : stream_(std::move(stream)),
      order_(stream_->tokens(), order),
      isolate_documents_(isolate_documents) {}

void BatchSource::fill(uint64_t step, int64_t first_row, int64_t rows, const BatchRows& out) const {
  const int64_t sequence = order_.options().sequence;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t at = i * sequence;
    const BatchRows row = {out.input_ids + at, out.positions + at, out.segments + at,
                           out.labels + at};
    std::iota(row.positions, row.positions + sequence, 0);
    std::fill_n(row.segments, sequence, 0);
    if (const auto first_token = order_.first_token(step, first_row + i)) {
      fill_row(*first_token, row);
    } else {
      std::fill_n(row.input_ids, sequence, 0);
      std::fill_n(row.labels, sequence, kIgnoredLabel);
    }
  }
}

void BatchSource::fill_row(uint64_t first_token, const BatchRows& row) const {
  const auto sequence = static_cast<size_t>(order_.options().sequence);
  stream_->read(first_token, {row.input_ids, sequence});
  std::copy_n(row.input_ids + 1, sequence - 1, row.labels);
  stream_->read(first_token + sequence, {row.labels + sequence - 1, 1});
  if (!ignores_first_tokens()) return;

  const uint64_t end = first_token + sequence;
  const uint64_t past = stream_->documents_before(end + 1);
  for (uint64_t d = stream_->documents_before(first_token + 1); d < past; ++d)
    row.labels[stream_->document_begin(d) - first_token - 1] = kIgnoredLabel;
  if (isolate_documents_) isolate(first_token, row);
}

void BatchSource::isolate(uint64_t first_token, const BatchRows& row) const {
  const auto sequence = static_cast<uint64_t>(order_.options().sequence);
  const uint64_t first = stream_->documents_before(first_token + 1);
  const uint64_t past = stream_->documents_before(first_token + sequence);
  for (uint64_t d = first; d < past; ++d) {
    const uint64_t begin = stream_->document_begin(d) - first_token;
    const uint64_t end = d + 1 < past ? stream_->document_begin(d + 1) - first_token : sequence;
    std::iota(row.positions + begin, row.positions + end, 0);
    std::fill(row.segments + begin, row.segments + end, static_cast<int32_t>(d - first + 1));
  }
}

int64_t BatchSource::counted_labels(uint64_t step) const {
  const int64_t sequence = order_.options().sequence;
  int64_t counted = 0;
  for (int64_t row = 0; row < order_.options().batch; ++row) {
    const auto first_token = order_.first_token(step, row);
    if (!first_token) continue;
    counted += sequence;
    if (ignores_first_tokens())
      counted -= static_cast<int64_t>(stream_->documents_before(*first_token + sequence + 1) -
                                      stream_->documents_before(*first_token + 1));
  }
  return counted;
}

double BatchSource::label_bytes(uint64_t step) const {
  double bytes = 0;
  for (int64_t row = 0; row < order_.options().batch; ++row)
    if (const auto first_token = order_.first_token(step, row))
      bytes += stream_->text_bytes(*first_token + 1, *first_token + 1 + order_.options().sequence);
  return bytes;
}

uint64_t BatchSource::steps() const {
  const auto batch = static_cast<uint64_t>(order_.options().batch);
  return (order_.sequences() + batch - 1) / batch;
}

}  // namespace lmos::data
