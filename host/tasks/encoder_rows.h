// The inputs that all tasks of encoders share, row by row.
#pragma once

#include <cstdint>
#include <span>

#include "data/batches.h"

namespace lmos::tasks {

// Sizes of `rows` sequences of `sequence` tokens: tokens, sequence and sequences.
data::Symbols encoder_shape(int64_t rows, int64_t sequence);

// Sets the inputs input_ids, positions, segments, token_types and first_tokens of a batch of
// `rows` sequences to padding.
void begin_rows(data::Batch& batch, int64_t rows, int64_t sequence, int32_t padding);
// Puts a text into a row: at most `sequence` ids with their token types.
void set_row(data::Batch& batch, int64_t row, int64_t sequence, std::span<const int32_t> ids,
             std::span<const int32_t> types);

}  // namespace lmos::tasks
