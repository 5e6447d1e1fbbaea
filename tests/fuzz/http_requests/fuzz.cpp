// Whatever bytes a connection brings, in pieces of any size: requests within the limits reach the
// handler, every answer is one of HTTP, and the session ends when its client does.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "serve/http_session.h"

namespace {

using namespace lmos::serve;

constexpr size_t kMostBody = 4096;

LimitsConfig limits() {
  LimitsConfig limits;
  limits.header_bytes = 2048;
  limits.body_bytes = kMostBody;
  limits.request_seconds = limits.idle_seconds = limits.write_seconds = limits.event_seconds = 600;
  return limits;
}

void answer(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  if (request.body.size() > kMostBody) std::abort();
  if (request.path == "/events") {
    exchange->begin_events();
    exchange->send_event("one");
    exchange->send_event("two", "name");
    exchange->end_events();
  } else if (request.path != "/forgotten") {
    HttpResponse response;
    response.body = request.method + " " + request.path;
    exchange->respond(std::move(response));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const LimitsConfig kLimits = limits();
  static const HttpHandler kHandler = answer;
  if (size == 0) return 0;
  boost::asio::io_context loop;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  bool ended = false;
  {
    boost::asio::ip::tcp::socket socket(loop);
    socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
    start_http_session(std::move(socket), nullptr, kLimits, kHandler, [&ended] { ended = true; });
  }
  std::string answers;
  const auto turn = [&] {
    loop.restart();
    loop.poll();
    char bytes[4096];
    for (ssize_t count; (count = ::read(ends[1], bytes, sizeof bytes)) > 0;)
      answers.append(bytes, static_cast<size_t>(count));
  };
  // The first byte tells how long the pieces are.
  const size_t piece = 1 + size_t{data[0]} * data[0];
  for (size_t sent = 1; sent < size && !ended; sent += piece) {
    [[maybe_unused]] const ssize_t count =
        ::send(ends[1], data + sent, std::min(piece, size - sent), MSG_NOSIGNAL);
    turn();
  }
  ::shutdown(ends[1], SHUT_WR);
  for (int i = 0; i < 4; ++i) turn();
  ::close(ends[1]);
  for (int i = 0; i < 1000 && !ended; ++i) {
    loop.restart();
    loop.poll();
  }
  if (!ended) std::abort();
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  if (!answers.empty() && !answers.starts_with(kBegin)) std::abort();
  return 0;
}
