// What `llmasos run` does for each kind of pipeline; the commands of those names do the same from
// options. Each returns the exit code.
#pragma once

#include "pipeline/pipeline.h"
#include "programs/session.h"

namespace lmos {

int run_training(const Pipeline& pipeline, Session& session);
int run_generation(const Pipeline& pipeline, Session& session, bool json);
int run_evaluation(const Pipeline& pipeline, Session& session, bool json);

}  // namespace lmos
