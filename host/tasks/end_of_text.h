// Which token ends a document.
#pragma once

#include <cstdint>

#include "components/tokenizer.h"

namespace lmos::tasks {

// The first of the customary end-of-text tokens that the vocabulary has; -1 if it has none.
int32_t end_of_text_id(const components::Tokenizer& tokenizer);

}  // namespace lmos::tasks
