// The kinds of task, each in a file of its own.
#pragma once

#include <memory>

#include "tasks/task.h"

namespace lmos::tasks {

// Documents packed into sequences; each token predicts the next.
std::unique_ptr<Task> causal_lm(const Pipeline& pipeline);

}  // namespace lmos::tasks
