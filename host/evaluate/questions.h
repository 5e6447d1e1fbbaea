// Accuracy on questions, by the log-likelihood of their answers.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/task_file.h"
#include "infer/text_model.h"

namespace lmos::evaluate {

struct QuestionOptions {
  std::string delimiter = " ";  // between context and answer
  bool unconditional = false;   // also compare by how much the context makes a choice likelier
};

// A mean over the questions.
struct Metric {
  std::string name;
  double value = 0;
  double standard_error = 0;
};

// The metrics of lm-evaluation-harness. With choices:
//   acc              the likeliest choice is the right one
//   acc_norm         the same by log-likelihood over the characters (code points) of the choice's
//   text acc_mutual_info  the same by log-likelihood less that of the choice after an empty context
// Without:
//   acc         each token of the answer is the likeliest one
//   perplexity  e to the mean negative log-likelihood of an answer
// Ties go to the first choice. `progress(done, total)` counts texts and stops the work by returning
// false: then the result is empty.
std::vector<Metric> answer_questions(
    infer::TextModel& model, runtime::ThreadPool& threads, std::span<const Question> questions,
    const QuestionOptions& options,
    const std::function<bool(uint64_t done, uint64_t total)>& progress);

}  // namespace lmos::evaluate
