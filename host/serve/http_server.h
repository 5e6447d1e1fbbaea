// HTTP/1.1 with keep-alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "serve/config.h"
#include "serve/http_exchange.h"

namespace boost::asio {
class io_context;
}

namespace lmos::serve {

// On the loop's thread only. A connection's requests are answered one after another; what it sends
// ahead is read up to the size of a header. Where there are as many connections as may be, a new
// one takes the place of that which has been idle for longest. A client that closes its side of the
// connection before the answer is complete counts as gone.
class HttpServer {
 public:
  // Listens at once. Error(kConfiguration) if the address can't be had, or the certificate is at
  // fault.
  HttpServer(boost::asio::io_context& loop, const ListenConfig& listen, const LimitsConfig& limits,
             HttpHandler handler);
  // Closes every connection.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  size_t connections() const;
  // Reads the certificate anew, for connections to come; it is also looked at every second.
  void reload_certificate();
  // Takes no further connection, and closes each after the answer it waits for.
  void drain();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace lmos::serve
