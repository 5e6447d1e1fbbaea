// Statuses of plugin calls as exceptions.
#pragma once

#include <string>

#include "llmasos/types.h"

namespace lmos::runtime {

// Throws an lmos::Error unless `status` is LMOS_OK. `doing`: what failed, e.g. "backend `cpu`:
// allocating 4096 bytes"; the plugin's own text for this thread follows it.
void check(lmos_status status, const std::string& doing);

// Of a call that reads a file of the user's: what is LMOS_INVALID is the file, so that the error is
// kInput and not kPlugin.
void check_reading(lmos_status status, const std::string& doing);

[[noreturn]] void fail(lmos_status status, const std::string& doing);

}  // namespace lmos::runtime
