// The text that a tokenizer is trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/train/learned_vocabulary.h"

namespace lmos::tokenizer {

// `what` is done so far of `total` (0: unknown). Throw to stop the training.
using TrainingProgress = std::function<void(std::string_view what, uint64_t done, uint64_t total)>;

struct TrainingText {
  // The next document, valid UTF-8 that stays valid to the next call; none after the last. No word
  // reaches over the end of a document.
  std::function<std::optional<std::string_view>()> next;
  uint64_t total_bytes = 0;  // of all documents, for progress; 0 if unknown
  TrainingProgress progress;

  // Calls visit for the text between special tokens, in order. Throws TokenizerError for invalid
  // UTF-8.
  void read(const std::vector<std::string>& special_tokens,
            const std::function<void(std::string_view)>& visit) const;
};

// The special tokens, with the ids from 0. Throws TokenizerError for one that is empty, invalid or
// given twice.
LearnedVocabulary begin_with_special_tokens(const std::vector<std::string>& special_tokens);

}  // namespace lmos::tokenizer
