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

ErrorKind kind_of(lmos_status status) {
  return status == LMOS_NO_MEMORY   ? ErrorKind::kResource
         : status == LMOS_CANCELLED ? ErrorKind::kInterrupted
                                    : ErrorKind::kPlugin;
}

[[noreturn]] void fail_as(ErrorKind kind, lmos_status status, const std::string& doing) {
  std::string text = take_plugin_error();
  if (text.empty())
    text = std::string(describe(status)) + " (status " + std::to_string(status) + ")";
  throw Error(kind, doing + ": " + text);
}

}  // namespace

void fail(lmos_status status, const std::string& doing) { fail_as(kind_of(status), status, doing); }

void check_reading(lmos_status status, const std::string& doing) {
  if (status == LMOS_INVALID) fail_as(ErrorKind::kInput, status, doing);
  check(status, doing);
}

void check(lmos_status status, const std::string& doing) {
  if (status != LMOS_OK) fail(status, doing);
}

}  // namespace lmos::runtime
