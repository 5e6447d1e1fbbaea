// Batches of a reference file, in the names of transformers, as the inputs of a model's graphs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/batches.h"
#include "formats/safetensors.h"

namespace lmos::train {

struct ExpectedBatch {
  int64_t rows = 0, sequence = 0;
  data::Symbols symbols;
  data::Batch batch;
  std::vector<bool> padding;  // [rows · sequence]
};

// The tensors PREFIXinput_ids, PREFIXattention_mask, PREFIXtoken_type_ids, PREFIXlabels,
// PREFIXnext_sentence_label, PREFIXstart_positions and PREFIXend_positions, as far as the file
// holds them, for the model's task of that name ("causal_lm"). All of them are int32 or int64;
// those for tokens are [rows, sequence], those for sequences [rows]. Labels of causal_lm are those
// of the inputs, as transformers takes them: token t is scored on label t + 1. Error(kInput) if
// input_ids is missing or a tensor has another shape.
ExpectedBatch read_expected_batch(const TensorMap& tensors, const std::string& prefix,
                                  std::string_view task);

}  // namespace lmos::train
