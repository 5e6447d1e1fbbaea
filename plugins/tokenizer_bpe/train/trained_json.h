#pragma once

#include <string>

#include "tokenizer_bpe/train/training.h"
#include "tokenizer_core/train/learned_vocabulary.h"

namespace lmos::tokenizer {

// The tokenizer.json of what was learned, which Hugging Face tokenizers read, too.
std::string to_tokenizer_json(const LearnedVocabulary& vocabulary, const TrainingOptions& options);

}  // namespace lmos::tokenizer
