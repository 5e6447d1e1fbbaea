// Keeps pages of other sites from using the daemon through the browsers of those who visit them.
#pragma once

#include <string>
#include <vector>

#include "serve/http_exchange.h"

namespace lmos::serve {

class BrowserGuard {
 public:
  // `keys`: whether API keys are asked for, which such a page does not have. Without, requests have
  // to name the daemon by an IP address, `localhost` or one of `names`: a name that somebody else
  // points at this machine would make their page one of the daemon's own (DNS rebinding).
  BrowserGuard(bool keys, std::vector<std::string> names) : keys_(keys), names_(std::move(names)) {}

  // ApiError (403). Browsers say which site a request comes from; other clients say nothing.
  void check(const HttpRequest& request) const;

 private:
  bool keys_;
  std::vector<std::string> names_;
};

}  // namespace lmos::serve
