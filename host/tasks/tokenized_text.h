// The text of a split as one stream of tokens, tokenised once.
#pragma once

#include <memory>
#include <string>

#include "data/token_stream.h"
#include "tasks/task.h"

namespace lmos::tasks {

// None if the data have no such split. Error(kInterrupted) when the progress service asks to stop.
std::shared_ptr<const data::TokenStream> tokenized_text(const Sources& sources,
                                                        const DatasetSection& section,
                                                        const std::string& split);

// The same with each sentence as a document of the stream; the first of a document of the data
// begins with the token `begin`.
std::shared_ptr<const data::TokenStream> tokenized_sentences(const Sources& sources,
                                                             const DatasetSection& section,
                                                             const std::string& split,
                                                             int32_t begin);

}  // namespace lmos::tasks
