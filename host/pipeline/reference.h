// The reference of pipeline files, from the same schema that validates them.
#pragma once

#include <string>

#include "pipeline/schema.h"

namespace lmos {

// Markdown: one table a section, followed by one for each plugin that the section can name.
std::string render_reference(const PluginSchemas& plugins);

}  // namespace lmos
