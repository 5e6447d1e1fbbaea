// One connection of a client. Included by the server only.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

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
};

// Serves the connection until it ends, then calls `on_end`, from the loop. `tls`: null for plain
// HTTP.
std::shared_ptr<HttpSession> start_http_session(
    boost::asio::ip::tcp::socket socket, const std::shared_ptr<boost::asio::ssl::context>& tls,
    const LimitsConfig& limits, const HttpHandler& handler, std::function<void()> on_end);

}  // namespace lmos::serve
