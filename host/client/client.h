// The HTTP client of the commands that talk to llmasosd.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/stream.h"
#include "formats/json.h"

namespace lmos::client {

struct ClientOptions {
  Address address;
  std::string api_key;  // empty: none is sent
  Trust trust;
  Waiting waiting;
};

struct Request {
  std::string method = "GET";
  std::string path;  // "/v1/models", with a query where there is one; below the address's prefix
  std::optional<Json> body;
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;                            // empty if it went to a sink
};

// One connection, kept between requests. One thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Address& address() const { return options_.address; }

  // The answer, whatever its status. Error: kResource when the server can't be reached or breaks
  // off, kInterrupted.
  Response send(const Request& request);
  // The JSON of an answer below 400. For others throws as throw_refusal().
  Json ask(const Request& request);
  Json get(const std::string& path) { return ask({"GET", path, {}}); }
  Json post(const std::string& path, Json body) { return ask({"POST", path, std::move(body)}); }

  // The data of server-sent events as they arrive, to the end of the answer, "[DONE]" among them
  // where the server sends it; `take` returns false to hear no more. For a status from 400 on
  // throws as throw_refusal().
  void follow(const Request& request, const std::function<bool(std::string_view data)>& take);

 private:
  using Sink = std::function<bool(std::string_view bytes)>;
  // `sink` takes the body of an answer below 400, and may end it.
  Response exchange(const Request& request, const Sink& sink);
  std::string head_of(const Request& request, size_t body_bytes) const;

  const ClientOptions options_;
  std::unique_ptr<ByteStream> stream_;  // null: none is open
};

// What the server's error says. Error: kUsage for a request that it refused, kResource where it is
// busy or failed.
[[noreturn]] void throw_refusal(const Response& response, const Address& address);
// The same for an event that holds an error, {"error": {…}}; nothing for others.
void throw_if_error(const Json& event);

}  // namespace lmos::client
