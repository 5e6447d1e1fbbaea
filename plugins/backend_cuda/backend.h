// The tables of lmos.backend/1 and lmos.backend.capture/1.
#pragma once

#include "llmasos/backend.h"
#include "llmasos/capture.h"

namespace lmos::backend_cuda {

extern const lmos_backend_interface kBackend;
extern const lmos_capture_interface kCapture;

}  // namespace lmos::backend_cuda
