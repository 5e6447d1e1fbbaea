#include "formats/file_descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "errors/error.h"

namespace lmos {
namespace {

std::string failure(std::string_view action, const std::filesystem::path& path, int error_number) {
  return "cannot " + std::string(action) + " " + path.string() + ": " +
         std::system_category().message(error_number);
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void throw_read_error(std::string_view action, const std::filesystem::path& path,
                      int error_number) {
  bool exhausted = error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM;
  throw Error(exhausted ? ErrorKind::kResource : ErrorKind::kInput,
              failure(action, path, error_number));
}

void throw_write_error(std::string_view action, const std::filesystem::path& path,
                       int error_number) {
  std::string message = failure(action, path, error_number);
  if (error_number == ENOSPC || error_number == EDQUOT) {
    message += "; free space on that disk or choose another folder";
  } else if (error_number == EFBIG) {
    message += "; raise the limit on file sizes (ulimit -f) or use smaller shards";
  } else if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
    message += "; choose a folder that you may write to";
  }
  throw Error(ErrorKind::kResource, message);
}

}  // namespace lmos
