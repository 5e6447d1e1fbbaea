// The kinds of task, each in a file of its own.
#pragma once

#include <memory>

#include "tasks/task.h"

namespace lmos::tasks {

// Documents packed into sequences; each token predicts the next.
std::unique_ptr<Task> causal_lm(const Pipeline& pipeline);

// Completions of prompts, both made from records; examples share sequences.
std::unique_ptr<Task> instruction(const Pipeline& pipeline);

// Masked tokens of pairs of texts, and whether the second follows the first.
std::unique_ptr<Task> pretraining(const Pipeline& pipeline);
// The class of a record with one text or two.
std::unique_ptr<Task> sequence_classification(const Pipeline& pipeline);
// The classes of a record's words.
std::unique_ptr<Task> token_classification(const Pipeline& pipeline);
// Which part of a record's context answers its question.
std::unique_ptr<Task> question_answering(const Pipeline& pipeline);

}  // namespace lmos::tasks
