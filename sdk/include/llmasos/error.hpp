// The exception of plugin code: a status for the caller, and a message that says what, where and
// what to do.
#pragma once

#include <stdexcept>
#include <string>

#include "llmasos/types.h"

namespace lmos::sdk {

class Error : public std::runtime_error {
 public:
  Error(lmos_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  // A status that a function of the host returned: the host holds the message already.
  explicit Error(lmos_status status) : Error(status, std::string()) { reported_ = true; }

  lmos_status status() const { return status_; }
  bool reported() const { return reported_; }

 private:
  lmos_status status_;
  bool reported_ = false;
};

// Of a bad argument, configuration or file.
inline Error invalid(const std::string& message) { return {LMOS_INVALID, message}; }
inline Error unsupported(const std::string& message) { return {LMOS_UNSUPPORTED, message}; }
inline Error failed(const std::string& message) { return {LMOS_FAILED, message}; }

// Throws for every status but LMOS_OK that a function of the host or a sink returned.
inline void check(lmos_status status) {
  if (status != LMOS_OK) throw Error(status);
}

}  // namespace lmos::sdk
