// A request and the way back to its client, without the protocol underneath.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmos::serve {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // without the query, as it was sent
  std::string query;   // what follows the path's question mark; empty: nothing
  // Headers' values; empty: none.
  std::string authorization;
  std::string host, origin;
  std::string fetch_site;  // Sec-Fetch-Site: where a browser's request comes from
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  // others
};

// Either one response(), or begin_events(), events and end_events(). Once the client is gone, calls
// do nothing. The loop's thread only.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual const HttpRequest& request() const = 0;
  virtual void respond(HttpResponse response) = 0;
  // Server-sent events.
  virtual void begin_events() = 0;
  // `data` and `name`: one line each; an empty name is not sent.
  virtual void send_event(std::string_view data, std::string_view name = {}) = 0;
  virtual void end_events() = 0;
  // Called at most once, if the client goes before the answer is complete. Forgotten once it is.
  virtual void on_gone(std::function<void()> handler) = 0;
};

using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

}  // namespace lmos::serve
