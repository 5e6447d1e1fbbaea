#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "client/stream.h"
#include "client/tls_stream.h"
#include "errors/error.h"
#include "formats/file_descriptor.h"

namespace lmos::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMilliseconds = 100;  // between two looks at Waiting::interrupted

struct Deadline {
  explicit Deadline(double seconds)
      : limited(seconds > 0),
        time(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}
  bool passed() const { return limited && Clock::now() >= time; }
  bool limited;
  Clock::time_point time;
};

enum class Wait { kReady, kLate };

Wait wait_for(int socket, short events, const Waiting& waiting, double seconds) {
  const Deadline deadline(seconds);
  for (;;) {
    if (waiting.interrupted != nullptr && *waiting.interrupted)
      throw Error(ErrorKind::kInterrupted, "interrupted");
    pollfd entry{socket, events, 0};
    const int count = ::poll(&entry, 1, kLookMilliseconds);
    if (count > 0) return Wait::kReady;
    if (count < 0 && errno != EINTR)
      throw Error(ErrorKind::kResource,
                  std::string("can't wait for the network: ") + std::strerror(errno));
    if (deadline.passed()) return Wait::kLate;
  }
}

class TcpStream final : public ByteStream {
 public:
  TcpStream(FileDescriptor socket, const Address& address, const Waiting& waiting)
      : socket_(std::move(socket)), url_(address.url()), waiting_(waiting) {}

  size_t read(std::span<char> bytes) override {
    for (;;) {
      const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
      if (count >= 0) return static_cast<size_t>(count);
      wait(POLLIN, "the answer of");
    }
  }

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0)
        bytes.remove_prefix(static_cast<size_t>(count));
      else if (is_broken(errno))
        return;  // what the server said before it closed can still be read
      else
        wait(POLLOUT, "the request to");
    }
  }

  bool is_stale() override {
    pollfd entry{socket_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) != 0;
  }

 private:
  static bool is_broken(int error) { return error == EPIPE || error == ECONNRESET; }

  // After a call that failed: waits where that helps.
  void wait(short events, const char* what) {
    if (errno == EINTR) return;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
      throw Error(ErrorKind::kResource,
                  std::string(what) + " " + url_ + " broke off: " + std::strerror(errno));
    if (wait_for(socket_.get(), events, waiting_, waiting_.silence_seconds) == Wait::kLate)
      throw Error(ErrorKind::kResource, std::string(what) + " " + url_ + " does not go on");
  }

  FileDescriptor socket_;
  const std::string url_;
  const Waiting& waiting_;
};

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses addresses_of(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (error != 0)
    throw Error(ErrorKind::kResource,
                "there is no address of " + address.host + ": " + gai_strerror(error));
  return Addresses(list);
}

// A socket, or the reason why there is none.
std::pair<FileDescriptor, std::string> connect_to(const addrinfo& place, const Waiting& waiting) {
  FileDescriptor socket(
      ::socket(place.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, place.ai_protocol));
  if (socket.get() < 0) return {FileDescriptor(), std::strerror(errno)};
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), place.ai_addr, place.ai_addrlen) == 0) return {std::move(socket), ""};
  if (errno != EINPROGRESS) return {FileDescriptor(), std::strerror(errno)};
  if (wait_for(socket.get(), POLLOUT, waiting, waiting.connect_seconds) == Wait::kLate)
    return {FileDescriptor(), "no answer"};
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return {FileDescriptor(), std::strerror(error)};
  return {std::move(socket), ""};
}

}  // namespace

std::unique_ptr<ByteStream> open_stream(const Address& address, const Trust& trust,
                                        const Waiting& waiting) {
  const Addresses addresses = addresses_of(address);
  std::string reason;
  for (const addrinfo* place = addresses.get(); place != nullptr; place = place->ai_next) {
    auto [socket, why] = connect_to(*place, waiting);
    if (socket.get() >= 0) {
      auto stream = std::make_unique<TcpStream>(std::move(socket), address, waiting);
      if (!address.secure) return stream;
      return secure_stream(std::move(stream), address, trust);
    }
    reason = why;
  }
  throw Error(ErrorKind::kResource, "can't reach " + address.url() + ": " + reason +
                                        "; does llmasosd run there? --url or LLMASOS_URL names "
                                        "another server");
}

}  // namespace lmos::client
