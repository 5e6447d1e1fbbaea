#include "errors/error.h"
#include "tasks/kinds.h"

namespace lmos::tasks {

std::unique_ptr<Task> make_task(const Pipeline& pipeline) { return causal_lm(pipeline); }

}  // namespace lmos::tasks
