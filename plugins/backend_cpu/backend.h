// The table of lmos.backend/1.
#pragma once

#include "llmasos/backend.h"

namespace lmos::backend_cpu {

extern const lmos_backend_interface kBackend;

}  // namespace lmos::backend_cpu
