#include "runtime/status.h"

#include "errors/error.h"
#include "runtime/host_services.h"

namespace lmos::runtime {
namespace {

const char* describe(lmos_status status) {
  switch (status) {
    case LMOS_UNSUPPORTED:
      return "not supported";
    case LMOS_INVALID:
      return "invalid argument";
    case LMOS_NO_MEMORY:
      return "out of memory";
    case LMOS_CANCELLED:
      return "cancelled";
    default:
      return "failed";
  }
}

}  // namespace

void fail(lmos_status status, const std::string& doing) {
  std::string text = take_plugin_error();
  if (text.empty())
    text = std::string(describe(status)) + " (status " + std::to_string(status) + ")";
  ErrorKind kind = status == LMOS_NO_MEMORY   ? ErrorKind::kResource
                   : status == LMOS_CANCELLED ? ErrorKind::kInterrupted
                                              : ErrorKind::kPlugin;
  throw Error(kind, doing + ": " + text);
}

void check(lmos_status status, const std::string& doing) {
  if (status != LMOS_OK) fail(status, doing);
}

}  // namespace lmos::runtime
