// The bytes of one client: plain TCP, or TLS over it. Included by the session only.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace lmos::serve {

// At most one read and one write at a time. Handlers come from the loop; what they hold keeps the
// stream alive.
class ClientStream {
 public:
  // `tls`: null for plain TCP.
  ClientStream(boost::asio::ip::tcp::socket socket,
               const std::shared_ptr<boost::asio::ssl::context>& tls)
      : socket_(std::move(socket)) {
    if (tls) tls_.emplace(socket_, *tls);
  }
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  boost::asio::ip::tcp::socket::executor_type executor() { return socket_.get_executor(); }
  bool is_secure() const { return tls_.has_value(); }

  // What the client has sent is waiting to be read.
  bool has_bytes() const {
    boost::system::error_code error;
    return socket_.available(error) > 0;
  }

  // First, where is_secure(). handler(error_code)
  template <class Handler>
  void async_handshake(Handler handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::move(handler));
  }

  // handler(error_code, size_t bytes)
  template <class Buffer, class Handler>
  void async_read_some(const Buffer& buffer, Handler handler) {
    if (tls_)
      tls_->async_read_some(buffer, std::move(handler));
    else
      socket_.async_read_some(buffer, std::move(handler));
  }
  template <class Buffer, class Handler>
  void async_write_some(const Buffer& buffer, Handler handler) {
    if (tls_)
      tls_->async_write_some(buffer, std::move(handler));
    else
      socket_.async_write_some(buffer, std::move(handler));
  }

  // Tells the client that nothing follows. `alive` is kept until it has been sent, or close().
  template <class Owner>
  void end_sending(std::shared_ptr<Owner> alive) {
    boost::system::error_code ignored;
    if (tls_)
      tls_->async_shutdown([alive = std::move(alive)](boost::system::error_code) {});
    else
      socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  // After a handshake that failed with `error`: true if the client spoke HTTP without TLS, and from
  // then on this stream does so too.
  bool falls_back_to_plain(boost::system::error_code error) {
    if (error.category() != boost::asio::error::get_ssl_category() ||
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) != SSL_R_HTTP_REQUEST)
      return false;
    tls_.reset();
    return true;
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace lmos::serve
