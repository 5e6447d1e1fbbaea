#include "errors/error.h"
#include "tasks/kinds.h"

namespace lmos::tasks {

std::unique_ptr<Task> make_task(const Pipeline& pipeline) {
  struct Kind {
    const char* name;
    std::unique_ptr<Task> (*make)(const Pipeline& pipeline);
  };
  constexpr Kind kKinds[] = {{"causal_lm", causal_lm},
                             {"instruction", instruction},
                             {"pretraining", pretraining},
                             {"sequence_classification", sequence_classification},
                             {"token_classification", token_classification},
                             {"question_answering", question_answering}};
  for (const Kind& kind : kKinds)
    if (pipeline.task.kind == kind.name) return kind.make(pipeline);
  throw Error(ErrorKind::kInternal, "there is no task of kind " + pipeline.task.kind);
}

}  // namespace lmos::tasks
