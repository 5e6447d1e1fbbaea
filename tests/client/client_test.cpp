// What commands rely on when they talk to a server, whatever that server sends.
#include "client/client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "client/event_reader.h"
#include "errors/error.h"
#include "formats/file_descriptor.h"

namespace lmos::client {
namespace {

TEST(Addresses, AreReadFromUrls) {
  const std::pair<const char*, const char*> table[] = {
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
      {"http://localhost", "http://localhost:80"},
      {"https://example.org/", "https://example.org:443"},
      {"http://[::1]:9000/v1/", "http://[::1]:9000"},
      {"http://h:1/behind/a//proxy/v1", "http://h:1/behind/a//proxy"}};
  for (const auto& [text, url] : table) EXPECT_EQ(parse_address(text).url(), url);
}

TEST(Addresses, OthersAreRefused) {
  for (const char* text : {"", "localhost:8080", "ftp://h", "http://", "http://h:0",
                           "http://h:70000", "http://h:", "http://h:1x", "http://[::1",
                           "http://a b", "http://h/?q", "http://u@h", "http://h/\r\nX: y"})
    EXPECT_THROW(parse_address(text), Error) << text;
}

std::vector<std::string> events_of(std::string_view bytes, size_t piece) {
  std::vector<std::string> events;
  EventReader reader;
  for (size_t at = 0; at < bytes.size(); at += piece)
    reader.push(bytes.substr(at, piece), [&](std::string_view data) {
      events.emplace_back(data);
      return true;
    });
  return events;
}

TEST(Events, AreTheSameHoweverTheBytesArrive) {
  const std::string_view bytes =
      ": a comment\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata:  lines\n\n\n\ndata\r\rid: "
      "7\n\ndata: cut off";
  const std::vector<std::string> expected = {"one", "two\n lines", ""};
  for (const size_t piece : {1, 2, 3, 7, 1000})
    EXPECT_EQ(events_of(bytes, piece), expected) << piece;
}

// Listens once, sends the bytes to whom connects, whatever it says, and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&place), size);
    ::listen(listener_.get(), 1);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&place), &size);
    options_.address = {false, "127.0.0.1", ntohs(place.sin_port), ""};
    thread_ = std::thread([this, answer = std::move(answer)] {
      const FileDescriptor socket(::accept(listener_.get(), nullptr, nullptr));
      char bytes[4096];
      if (::recv(socket.get(), bytes, sizeof bytes, 0) <= 0) return;
      ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      if (answer.empty())  // silent until the client goes
        while (::recv(socket.get(), bytes, sizeof bytes, 0) > 0) continue;
    });
  }
  ~OneAnswer() { thread_.join(); }
  ClientOptions& options() { return options_; }

 private:
  FileDescriptor listener_;
  ClientOptions options_;
  std::thread thread_;
};

TEST(Clients, TakeBodiesOfEveryFraming) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n{\"a\":1}"}) {
    OneAnswer server(answer);
    EXPECT_EQ(Client(server.options()).get("/x").at("a", ""), Json(1)) << answer;
  }
}

TEST(Clients, TellWhatTheServerRefused) {
  OneAnswer server(
      "HTTP/1.1 404 Not Found\r\nContent-Length: 40\r\n\r\n{\"error\":{\"message\":\"there is no "
      "such\"}}\n");
  Client client(server.options());
  try {
    client.get("/x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_STREQ(error.what(), "there is no such");
  }
}

TEST(Clients, FailOnAnswersThatAreNone) {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n{\"a\":1}",
                             "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    OneAnswer server(answer);
    try {
      Client(server.options()).get("/x");
      FAIL() << answer;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kResource) << error.what();
    }
  }
}

TEST(Clients, StopWaitingWhenInterrupted) {
  OneAnswer server("");
  std::atomic<bool> interrupted = false;
  server.options().waiting.interrupted = &interrupted;
  Client client(server.options());
  std::thread interrupts([&] { interrupted = true; });
  EXPECT_THROW(client.get("/x"), Error);
  interrupts.join();
}

}  // namespace
}  // namespace lmos::client
