#include "serve/http_client.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "formats/json_text.h"

namespace lmos::test {

Json Response::json() const { return parse_json(body, "answer"); }

std::string request(const std::string& method, const std::string& path, const std::string& body,
                    const std::string& headers) {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
         (method == "POST" ? "Content-Length: " + std::to_string(body.size()) + "\r\n" : "") +
         "\r\n" + body;
}

HttpClient::HttpClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{30, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("can't connect");
}

HttpClient::~HttpClient() { ::close(socket_); }

void HttpClient::try_send(const std::string& bytes) {
  ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void HttpClient::send(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("the server takes no more");
    sent += static_cast<size_t>(count);
  }
}

void HttpClient::shut_down() { ::shutdown(socket_, SHUT_WR); }

bool HttpClient::read_more() {
  char bytes[65'536];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    throw std::runtime_error("nothing came in 30 s");
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::string HttpClient::take(size_t bytes) {
  while (buffer_.size() < bytes)
    if (!read_more()) throw std::runtime_error("the connection ended inside an answer");
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string HttpClient::take_line() {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!read_more()) throw std::runtime_error("the connection ended inside an answer");
  return take(end + 2).substr(0, end);
}

void HttpClient::read_until(const std::string& text) {
  while (buffer_.find(text) == std::string::npos)
    if (!read_more()) throw std::runtime_error("the connection ended before: " + text);
}

bool HttpClient::answers_within(std::chrono::milliseconds limit) {
  pollfd entry{socket_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(limit.count())) > 0;
}

void HttpClient::wait_for_close() {
  while (read_more()) buffer_.clear();
}

Response HttpClient::receive() {
  Response response;
  response.status = std::stoi(take_line().substr(9, 3));
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.headers[name] = line.substr(colon + 2);
  }
  if (response.headers.contains("content-length")) {
    response.body = take(std::stoul(response.headers["content-length"]));
  } else if (response.headers.contains("transfer-encoding")) {
    for (size_t size = 1; size > 0;) {
      size = std::stoul(take_line(), nullptr, 16);
      response.body += take(size);
      take_line();
    }
  }
  return response;
}

Response HttpClient::get(const std::string& path, const std::string& headers) {
  send(request("GET", path, "", headers));
  return receive();
}

Response HttpClient::post(const std::string& path, const std::string& body,
                          const std::string& headers) {
  send(request("POST", path, body, headers));
  return receive();
}

}  // namespace lmos::test
