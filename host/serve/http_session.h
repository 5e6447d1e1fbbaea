// One connection of a client. Included by the server only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "serve/config.h"
#include "serve/http_exchange.h"

namespace boost::asio::ssl {
class context;
}

namespace lmos::serve {

// Lives as long as its connection. The loop's thread only.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  // Closes now when it is between requests, else after the answer.
  virtual void drain() = 0;
  virtual void close() = 0;
  // Since when it has been waiting for a request of which nothing is here; empty: it is at work.
  virtual std::optional<std::chrono::steady_clock::time_point> idle_since() const = 0;
  // It has not sent a whole request yet.
  virtual bool is_new() const = 0;
};

// Serves the connection until it ends, then calls `on_end`, from the loop. `tls`: null for plain
// HTTP.
std::shared_ptr<HttpSession> start_http_session(
    boost::asio::ip::tcp::socket socket, const std::shared_ptr<boost::asio::ssl::context>& tls,
    const LimitsConfig& limits, const HttpHandler& handler, std::function<void()> on_end);

}  // namespace lmos::serve
