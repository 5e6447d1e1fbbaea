// The fields that a plugin declares in C, as the host's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmasos/schema.h"
#include "pipeline/schema.h"

namespace lmos {

// Copies `count` fields; nothing of the plugin's memory is kept. `plugin`: its name, for messages.
// Throws Error(kPlugin) for what a plugin's author has to repair: a bad name or type, a repeated
// name, a default that the field itself refuses, fields nested too deep.
std::vector<Field> fields_from_plugin(const lmos_field* fields, uint64_t count,
                                      const std::string& plugin);

}  // namespace lmos
