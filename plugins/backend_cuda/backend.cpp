#include "backend.h"

#include "device.h"
#include "kernel.h"
#include "llmasos/backend.hpp"
#include "llmasos/field.hpp"
#include "stream.h"

namespace lmos::backend_cuda {
namespace {

constexpr lmos_field kFields[] = {
    sdk::Field::boolean(kTf32Field,
                        "Round the operands of float32 products to 10 bits of mantissa (TF32).")
        .otherwise("false"),
    sdk::Field::boolean(kDeterministicField,
                        "Repeat every result bit for bit; attention's gradient and large products are faster without.")
        .otherwise("true"),
    sdk::Field::string(kCublasField,
                       "Folder of cuBLASLt; without it, the plugin looks where the system's loader "
                       "does, and in the "
                       "CUDA toolkit.")
        .path(LMOS_PATH_LOAD),
};

}  // namespace

const lmos_backend_interface kBackend = sdk::backend_interface<Device>(kFields);

const lmos_capture_interface kCapture = {
    .struct_size = sizeof(lmos_capture_interface),
    .begin =
        [](lmos_stream* stream) {
          return sdk::guarded([&] { sdk::object<Stream>(stream).begin_recording(); });
        },
    .end =
        [](lmos_stream* stream, lmos_recording** recording) {
          return sdk::guarded(
              [&] { sdk::give(sdk::object<Stream>(stream).end_recording(), recording); });
        },
    .launch =
        [](lmos_recording* recording, lmos_stream* stream) {
          return sdk::guarded(
              [&] { sdk::object<Recording>(recording).launch(sdk::object<Stream>(stream)); });
        },
    .recording_release = [](lmos_recording* recording) { sdk::destroy<Recording>(recording); },
};

}  // namespace lmos::backend_cuda
