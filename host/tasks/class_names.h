// What the classes of a task are called.
#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace lmos::tasks {

// task.labels; else those of the model's folder, if it has as many as task.classes says or
// task.classes is not given; else task.classes (2 unless given) times LABEL_0, LABEL_1, ….
std::vector<std::string> class_names(const Pipeline& pipeline);

}  // namespace lmos::tasks
