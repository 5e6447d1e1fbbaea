#include "serve/http_server.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <set>

#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/api_error.h"
#include "serve/http_session.h"
#include "serve/tls_certificate.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Descriptors that connections leave to workers, files and the loop.
constexpr rlim_t kKeptDescriptors = 64;

// In which a client sends its first request, before its connection may be closed for another's.
constexpr std::chrono::seconds kFirstRequest(1);

// Raises the limit of descriptors as far as it goes, and says how many connections fit it.
size_t most_connections(int64_t wished) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<size_t>(wished);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t room = limit.rlim_cur > kKeptDescriptors ? limit.rlim_cur - kKeptDescriptors : 1;
  if (room >= static_cast<rlim_t>(wished)) return static_cast<size_t>(wished);
  spdlog::warn(
      "limits.connections is {}, but this process may open {} files only (ulimit -n): {} it is",
      wished, limit.rlim_cur, room);
  return room;
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(asio::io_context& loop, const ListenConfig& listen, const LimitsConfig& limits,
        HttpHandler handler)
      : acceptor(loop),
        pause(loop),
        certificate_watch(loop),
        limits(limits),
        most_sessions(most_connections(limits.connections)),
        handler(std::move(handler)) {
    if (listen.tls) certificate.emplace(*listen.tls);
  }

  void listen(const ListenConfig& config) {
    const tcp::endpoint endpoint(asio::ip::make_address(config.address), config.port);
    try {
      acceptor.open(endpoint.protocol());
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      acceptor.bind(endpoint);
      acceptor.listen();
    } catch (const boost::system::system_error& error) {
      throw Error(ErrorKind::kConfiguration,
                  "can't listen on " + config.address + " port " + std::to_string(config.port) +
                      ": " + error.code().message() +
                      "; is something else there? Choose another with listen.port");
    }
  }

  void watch_certificate() {
    if (!certificate) return;
    certificate_watch.expires_after(std::chrono::seconds(1));
    certificate_watch.async_wait([self = shared_from_this()](error_code cancelled) {
      if (cancelled) return;
      self->certificate->reload_if_changed();
      self->watch_certificate();
    });
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      if (!self->acceptor.is_open() || error == asio::error::operation_aborted) return;
      if (error) return self->accept_later(error);
      self->begin(std::move(socket));
      self->accept();
    });
  }

  // Descriptors or memory ran out; they come back as connections end.
  void accept_later(error_code error) {
    if (close_longest_idle()) return accept();
    spdlog::warn("a connection can't be taken: {}", error.message());
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->accept();
    });
  }

  void begin(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (sessions.size() >= most_sessions && !close_longest_idle()) return refuse(std::move(socket));
    const auto place = std::make_shared<std::weak_ptr<HttpSession>>();
    const auto session =
        start_http_session(std::move(socket), certificate ? certificate->context() : nullptr,
                           limits, handler, [weak = weak_from_this(), place] {
                             if (const auto self = weak.lock()) self->sessions.erase(*place);
                           });
    *place = session;
    sessions.insert(session);
  }

  // False if every connection is at work.
  bool close_longest_idle() {
    auto longest = std::chrono::steady_clock::now();
    const auto new_ones = longest - kFirstRequest;
    std::shared_ptr<HttpSession> found;
    for (const auto& weak : sessions) {
      const auto session = weak.lock();
      const auto since = session ? session->idle_since() : std::nullopt;
      if (!since || *since >= longest || (session->is_new() && *since > new_ones)) continue;
      longest = *since;
      found = session;
    }
    if (found) found->close();
    return found != nullptr;
  }

  void refuse(tcp::socket socket) {
    const std::string body =
        compact_json(unavailable("too many connections; try again", "too_many_connections").json());
    const std::string text =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
        "Connection: close\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    error_code ignored;
    if (certificate) return;  // a handshake is more work than a refusal is worth
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
  }

  tcp::acceptor acceptor;
  asio::steady_timer pause, certificate_watch;
  const LimitsConfig limits;
  const size_t most_sessions;
  const HttpHandler handler;
  std::optional<TlsCertificate> certificate;
  std::set<std::weak_ptr<HttpSession>, std::owner_less<>> sessions;
};

HttpServer::HttpServer(asio::io_context& loop, const ListenConfig& listen,
                       const LimitsConfig& limits, HttpHandler handler)
    : state_(std::make_shared<State>(loop, listen, limits, std::move(handler))) {
  state_->listen(listen);
  state_->accept();
  state_->watch_certificate();
}

HttpServer::~HttpServer() {
  drain();
  for (const auto& weak : std::set(state_->sessions))
    if (const auto session = weak.lock()) session->close();
}

uint16_t HttpServer::port() const { return state_->acceptor.local_endpoint().port(); }

size_t HttpServer::connections() const { return state_->sessions.size(); }

void HttpServer::reload_certificate() {
  if (state_->certificate) state_->certificate->reload();
}

void HttpServer::drain() {
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
  state_->certificate_watch.cancel();
  for (const auto& weak : std::set(state_->sessions))
    if (const auto session = weak.lock()) session->drain();
}

}  // namespace lmos::serve
