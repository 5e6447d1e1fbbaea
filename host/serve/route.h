// One entry of the daemon's table of routes: what a request to it may say, what answers it, and how
// /openapi.json describes it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/http_exchange.h"
#include "serve/shape.h"
#include "serve/tenant.h"

namespace lmos::serve {

// A request that was admitted, and found to be what its route declares.
struct RouteCall {
  std::shared_ptr<HttpExchange> exchange;
  Tenant tenant;
  std::string parameter;        // what stands for {…} in the path, decoded
  Json query = Json::Object();  // of the route's `query`, with their types
  Json body;                    // of the shape of the route's `body`; null where it takes none
};

struct Route {
  std::string method;
  // "/v1/models/{model}": at most one parameter. At the end of the path it may hold slashes,
  // elsewhere not.
  std::string path;
  std::string summary;    // one line
  bool open = false;      // without an API key
  bool described = true;  // in /openapi.json
  std::vector<ShapeField> query = {};
  std::optional<Shape> body = {};    // JSON
  std::optional<Shape> answer = {};  // JSON; none: text of `content_type`
  std::string content_type = "application/json";
  int status = 200;
  bool events = false;  // may answer with server-sent events in place
  // On the loop's thread: answers at once or later. May throw ApiError.
  std::function<void(const RouteCall& call)> run = {};
};

}  // namespace lmos::serve
