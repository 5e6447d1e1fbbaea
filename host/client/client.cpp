#include "client/client.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "client/event_reader.h"
#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

constexpr uint64_t kMostBodyBytes = uint64_t{1} << 30;
constexpr uint32_t kMostHeaderBytes = 65'536;

std::string small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
  return small;
}

Response head_of_answer(const Parser& parser) {
  Response response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get())
    response.headers[small_letters({field.name_string().data(), field.name_string().size()})] =
        std::string(field.value());
  return response;
}

}  // namespace

Client::Client(ClientOptions options) : options_(std::move(options)) {}
Client::~Client() = default;

std::string Client::head_of(const Request& request, size_t body_bytes) const {
  std::string head = request.method + " " + options_.address.prefix + request.path +
                     " HTTP/1.1\r\nHost: " + options_.address.authority() +
                     "\r\nUser-Agent: llmasos\r\nAccept: application/json, text/event-stream\r\n";
  if (!options_.api_key.empty()) head += "Authorization: Bearer " + options_.api_key + "\r\n";
  if (request.body)
    head +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n";
  return head + "\r\n";
}

Response Client::exchange(const Request& request, const Sink& sink) {
  if (stream_ && stream_->is_stale()) stream_.reset();
  if (!stream_) stream_ = open_stream(options_.address, options_.trust, options_.waiting);
  // Whatever goes wrong from here on, where the next answer begins is unknown.
  std::unique_ptr<ByteStream> stream = std::move(stream_);
  const std::string body = request.body ? compact_json(*request.body) : "";
  stream->write(head_of(request, body.size()) + body);

  Parser parser;
  parser.eager(true);
  parser.header_limit(kMostHeaderBytes);
  parser.body_limit(kMostBodyBytes);
  Response response;
  std::string unparsed;
  std::array<char, 16'384> bytes;
  const auto pass_on = [&]() {
    if (response.status == 0 && parser.is_header_done()) response = head_of_answer(parser);
    if (!sink || response.status == 0 || response.status >= 400) return true;
    std::string& piece = parser.get().body();
    const bool more = piece.empty() || sink(piece);
    piece.clear();
    return more;
  };
  const auto check = [&](error_code error) {
    if (error && error != http::error::need_more)
      throw Error(
          ErrorKind::kResource,
          options_.address.url() + " does not answer as an HTTP server does: " + error.message());
  };
  while (!parser.is_done()) {
    error_code error;
    const size_t count = stream->read(bytes);
    if (count == 0) {
      if (parser.got_some()) parser.put_eof(error);
      if (!parser.is_done())
        throw Error(
            ErrorKind::kResource,
            options_.address.url() + " closed the connection before its answer was complete");
      break;
    }
    unparsed.append(bytes.data(), count);
    while (!unparsed.empty() && !parser.is_done()) {
      const size_t used = parser.put(asio::buffer(unparsed), error);
      unparsed.erase(0, used);
      check(error);
      if (!pass_on()) return response;
      if (error || used == 0) break;
    }
  }
  if (!pass_on()) return response;
  response.body = std::move(parser.get().body());
  if (parser.keep_alive() && unparsed.empty()) stream_ = std::move(stream);
  return response;
}

Response Client::send(const Request& request) { return exchange(request, {}); }

Json Client::ask(const Request& request) {
  const Response response = send(request);
  if (response.status >= 400) throw_refusal(response, options_.address);
  return parse_json(response.body, "the answer of " + options_.address.url());
}

void Client::follow(const Request& request,
                    const std::function<bool(std::string_view data)>& take) {
  EventReader events;
  const Response response =
      exchange(request, [&](std::string_view bytes) { return events.push(bytes, take); });
  if (response.status >= 400) throw_refusal(response, options_.address);
}

}  // namespace lmos::client
