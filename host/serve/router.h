// Finds the route of a request, and checks the request against it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/access.h"
#include "serve/browser_guard.h"
#include "serve/route.h"

namespace lmos::serve {

// On the loop's thread only.
class Router {
 public:
  // `access` outlives it.
  Router(Access& access, BrowserGuard guard) : access_(access), guard_(std::move(guard)) {}

  void add(std::vector<Route> routes);
  const std::vector<Route>& routes() const { return routes_; }
  bool asks_for_keys() const { return access_.required(); }

  // Answers at once or later, with an error if there is nothing else; never throws.
  void handle(const std::shared_ptr<HttpExchange>& exchange);

  // Answers by status, from 400 on, that were given at once.
  const std::map<int, uint64_t>& errors() const { return errors_; }

 private:
  // ApiError: 404, or 405 with the methods that the path takes.
  const Route& find(const HttpRequest& request, std::string& parameter) const;

  Access& access_;
  const BrowserGuard guard_;
  std::vector<Route> routes_;
  std::map<int, uint64_t> errors_;
};

}  // namespace lmos::serve
