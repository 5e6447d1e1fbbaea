// What an evaluation of next-token prediction reports.
#pragma once

#include <memory>

#include "tasks/task.h"

namespace lmos::tasks {

// Of the output `loss`: perplexity, bits per byte where the labels' bytes are known, and the number
// of tokens that count.
std::unique_ptr<Scores> perplexity_scores();

}  // namespace lmos::tasks
