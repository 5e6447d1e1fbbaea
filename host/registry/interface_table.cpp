#include "registry/interface_table.h"

#include <cstring>
#include <span>
#include <string>

#include "errors/error.h"
#include "llmasos/backend.h"
#include "llmasos/capture.h"
#include "llmasos/dataset.h"
#include "llmasos/model.h"
#include "llmasos/tokenizer.h"
#include "llmasos/v1_sizes.h"

namespace lmos::registry {

namespace {

// Functions stand one after the other from the first to the end of version 1; all are mandatory.
struct InterfaceLayout {
  std::string_view id;
  uint32_t v1_size;       // bytes
  size_t first_function;  // offset
  std::span<const char* const> functions;
};

constexpr const char* kModelFunctions[] = {"create", "create_from_hugging_face", "destroy", "info",
                                           "build",  "write_hugging_face"};
constexpr const char* kTokenizerFunctions[] = {
    "open",        "open_json",    "train",           "close",       "save",        "vocab_size",
    "encode",      "encode_texts", "length_settings", "decode",      "token_to_id", "id_to_token",
    "stream_open", "stream_push",  "stream_finish",   "stream_close"};
constexpr const char* kDatasetFunctions[] = {"open",        "close", "fingerprint",
                                             "total_bytes", "next",  "rewind"};
constexpr const char* kBackendFunctions[] = {
    "device_count",   "device_open",    "device_close",       "device_info", "buffer_allocate",
    "buffer_wrap",    "buffer_release", "buffer_address",     "upload",      "download",
    "stream_create",  "stream_destroy", "stream_synchronize", "supports",    "kernel_prepare",
    "kernel_release", "kernel_run"};

constexpr const char* kCaptureFunctions[] = {"begin", "end", "launch", "recording_release"};

constexpr InterfaceLayout kLayouts[] = {
    {LMOS_MODEL_ID, LMOS_MODEL_INTERFACE_V1_SIZE, offsetof(lmos_model_interface, create),
     kModelFunctions},
    {LMOS_TOKENIZER_ID, LMOS_TOKENIZER_INTERFACE_V1_SIZE, offsetof(lmos_tokenizer_interface, open),
     kTokenizerFunctions},
    {LMOS_DATASET_ID, LMOS_DATASET_INTERFACE_V1_SIZE, offsetof(lmos_dataset_interface, open),
     kDatasetFunctions},
    {LMOS_BACKEND_ID, LMOS_BACKEND_INTERFACE_V1_SIZE,
     offsetof(lmos_backend_interface, device_count), kBackendFunctions},
    {LMOS_CAPTURE_ID, LMOS_CAPTURE_INTERFACE_V1_SIZE, offsetof(lmos_capture_interface, begin),
     kCaptureFunctions},
};

constexpr bool functions_fill_the_rest() {
  for (const InterfaceLayout& layout : kLayouts)
    if (layout.first_function + layout.functions.size() * sizeof(void*) != layout.v1_size)
      return false;
  return true;
}
static_assert(functions_fill_the_rest());

[[noreturn]] void refuse(std::string_view id, const std::string& what) {
  throw Error(ErrorKind::kPlugin, "its table of " + std::string(id) + " " + what);
}

}  // namespace

void check_interface_table(std::string_view id, const void* table) {
  if (table == nullptr) refuse(id, "is absent although it names the interface");
  for (const InterfaceLayout& layout : kLayouts) {
    if (layout.id != id) continue;
    const auto* bytes = static_cast<const char*>(table);
    uint32_t struct_size = 0;
    std::memcpy(&struct_size, bytes, sizeof struct_size);
    if (struct_size < layout.v1_size)
      refuse(id, "has " + std::to_string(struct_size) + " bytes; version 1 has " +
                     std::to_string(layout.v1_size));
    for (size_t i = 0; i < layout.functions.size(); ++i) {
      const void* function = nullptr;
      std::memcpy(&function, bytes + layout.first_function + i * sizeof(void*), sizeof function);
      if (function == nullptr)
        refuse(id, std::string("lacks the mandatory function `") + layout.functions[i] + "`");
    }
  }
}

}  // namespace lmos::registry
