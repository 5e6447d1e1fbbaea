#include "tasks/encoder_rows.h"

#include <algorithm>

namespace lmos::tasks {

data::Symbols encoder_shape(int64_t rows, int64_t sequence) {
  return {{"tokens", rows * sequence}, {"sequence", sequence}, {"sequences", rows}};
}

void begin_rows(data::Batch& batch, int64_t rows, int64_t sequence, int32_t padding) {
  const auto tokens = static_cast<size_t>(rows * sequence);
  batch.inputs["input_ids"].assign(tokens, padding);
  batch.inputs["segments"].assign(tokens, -1);
  batch.inputs["token_types"].assign(tokens, 0);
  auto& positions = batch.inputs["positions"];
  positions.resize(tokens);
  for (size_t i = 0; i < tokens; ++i)
    positions[i] = static_cast<int32_t>(static_cast<int64_t>(i) % sequence);
  auto& first = batch.inputs["first_tokens"];
  first.resize(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) first[row] = static_cast<int32_t>(row * sequence);
  batch.tokens = 0;
}

void set_row(data::Batch& batch, int64_t row, int64_t sequence, std::span<const int32_t> ids,
             std::span<const int32_t> types) {
  const auto at = row * sequence;
  std::ranges::copy(ids, batch.inputs["input_ids"].begin() + at);
  std::ranges::copy(types, batch.inputs["token_types"].begin() + at);
  std::fill_n(batch.inputs["segments"].begin() + at, ids.size(), 0);
  batch.tokens += static_cast<int64_t>(ids.size());
}

}  // namespace lmos::tasks
