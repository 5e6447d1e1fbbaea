// A client that sends exactly the bytes it is told to.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "formats/json.h"

namespace lmos::test {

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;                            // without its framing
  Json json() const;
};

// One connection. Everything that waits gives up after 30 s with a std::runtime_error.
class HttpClient {
 public:
  explicit HttpClient(uint16_t port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void send(const std::string& bytes);
  // The server may have closed meanwhile.
  void try_send(const std::string& bytes);
  // The next answer, whole.
  Response receive();
  // Reads until the bytes of this answer so far contain `text`.
  void read_until(const std::string& text);
  // Whether something came, or the server closed, before so much time was over.
  bool answers_within(std::chrono::milliseconds limit);
  // Waits for the server's end of the connection; whatever comes before is dropped.
  void wait_for_close();
  // Sends nothing more.
  void shut_down();

  Response get(const std::string& path, const std::string& headers = "");
  Response post(const std::string& path, const std::string& body, const std::string& headers = "");
  Response complete(const std::string& body) { return post("/v1/completions", body); }

 private:
  bool read_more();
  std::string take(size_t bytes);
  std::string take_line();

  int socket_ = -1;
  std::string buffer_;
};

std::string request(const std::string& method, const std::string& path, const std::string& body,
                    const std::string& headers = "");

}  // namespace lmos::test
