// A number of things in the daemon's file.
#pragma once

#include "pipeline/pipeline_sections.h"

namespace lmos::serve {

// `absent`: its default; `unit`: "" or the unit of the number. All texts outlive the field.
inline Field count_field(const char* name, int absent, double minimum, double maximum,
                         const char* unit, const char* doc) {
  return {.name = name,
          .type = FieldType::kInt,
          .default_value = default_of(absent),
          .minimum = minimum,
          .maximum = maximum,
          .unit = unit,
          .doc = doc};
}

}  // namespace lmos::serve
