#include "serve/http_session.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "formats/json_text.h"
#include "serve/api_error.h"
#include "serve/client_stream.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostUnsent = 16 << 20;  // bytes that a slow reader may leave in our memory
constexpr size_t kPiece = 16'384;         // bytes of one read

std::chrono::nanoseconds nanoseconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
}

std::string error_body(int status, const std::string& message) {
  ApiError error = invalid_request(message);
  error.status = status;
  return compact_json(error.json());
}

std::string head(const HttpResponse& response, std::string_view framing, bool keep_alive) {
  std::string text =
      "HTTP/1.1 " + std::to_string(response.status) + " " +
      std::string(http::obsolete_reason(static_cast<http::status>(response.status))) +
      "\r\nContent-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += framing;
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text;
}

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, const std::shared_ptr<asio::ssl::context>& tls,
          const LimitsConfig& limits, const HttpHandler& handler, std::function<void()> on_end)
      : stream_(std::move(socket), tls),
        timer_(stream_.executor()),
        write_timer_(stream_.executor()),
        limits_(limits),
        handler_(handler),
        on_end_(std::move(on_end)) {}

  void start() {
    if (stream_.is_secure()) return shake_hands();
    next_request();
    read();
  }

  void drain() override {
    draining_ = true;
    if (exchange_ || receiving_ || buffer_.size() > 0) return;
    ending_ = true;
    if (sending_.empty()) close();
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    timer_.cancel();
    write_timer_.cancel();
    stream_.close();
    const auto self = shared_from_this();
    lose_exchange();
    if (on_end_) std::exchange(on_end_, {})();
  }

  std::optional<Clock::time_point> idle_since() const override {
    const bool idle = !exchange_ && !receiving_ && !ending_ && buffer_.size() == 0 &&
                      sending_.empty() && parser_ && !stream_.has_bytes();
    return idle ? std::optional(waiting_since_) : std::nullopt;
  }

  bool is_new() const override { return !had_request_; }

 private:
  // The answer to one request; the session and it know one another until the answer is complete.
  class Exchange final : public HttpExchange {
   public:
    Exchange(std::shared_ptr<Session> session, HttpRequest request)
        : session_(std::move(session)), request_(std::move(request)) {}
    ~Exchange() override {
      if (session_) session_->forgotten();
    }

    const HttpRequest& request() const override { return request_; }

    void respond(HttpResponse response) override {
      if (!session_) return;
      const std::string framing =
          "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
      std::string text = head(response, framing, session_->keep_alive_);
      if (request_.method != "HEAD") text += response.body;
      end(text);
    }

    void begin_events() override {
      if (!session_) return;
      HttpResponse response;
      response.content_type = "text/event-stream";
      response.headers = {{"Cache-Control", "no-cache"}};
      // HTTP/1.0 knows no chunks: there, the end of the connection ends the events.
      chunked_ = session_->version_ >= 11;
      if (!chunked_) session_->keep_alive_ = false;
      session_->write(
          head(response, chunked_ ? "Transfer-Encoding: chunked\r\n" : "", session_->keep_alive_));
      sends_events_ = true;
      session_->watch_events();
    }

    void send_event(std::string_view data, std::string_view name) override {
      if (!session_) return;
      constexpr size_t kAround = 8;  // "data: " and two line ends; as many around a name
      const size_t named = name.empty() ? 0 : name.size() + kAround;
      std::string text;
      text.reserve(named + data.size() + 32);
      if (chunked_) append_size(named + data.size() + kAround, text);
      if (named > 0) text.append("event: ").append(name).append("\n");
      text.append("data: ").append(data).append("\n\n");
      if (chunked_) text += "\r\n";
      spoke_ = true;
      session_->write(text);
    }

    // Called now and then: where no event came meanwhile, a comment keeps proxies from closing the
    // connection, and finds out whether the client is still there.
    void fill_silence() {
      if (!sends_events_ || std::exchange(spoke_, false)) return;
      constexpr std::string_view kComment = ":\n\n";
      std::string text;
      if (chunked_) append_size(kComment.size(), text);
      text += kComment;
      if (chunked_) text += "\r\n";
      session_->write(text);
    }

    void end_events() override {
      if (session_) end(chunked_ ? "0\r\n\r\n" : "");
    }

    void on_gone(std::function<void()> handler) override {
      if (session_) on_gone_ = std::move(handler);
    }

    void lose() {
      session_.reset();
      if (on_gone_) std::exchange(on_gone_, {})();
    }

   private:
    static void append_size(size_t bytes, std::string& text) {
      char digits[16];
      const auto [end, error] = std::to_chars(digits, digits + sizeof digits, bytes, 16);
      text.append(digits, end).append("\r\n");
    }

    void end(std::string_view text) {
      const auto session = std::exchange(session_, nullptr);
      on_gone_ = {};
      session->answered(text);
    }

    std::shared_ptr<Session> session_;  // null: answered, or the client is gone
    HttpRequest request_;
    std::function<void()> on_gone_;
    bool chunked_ = false;
    bool sends_events_ = false;
    bool spoke_ = false;  // an event was sent since the silence was last looked at
  };

  using Parser = http::request_parser<http::string_body>;

  void shake_hands() {
    close_after(limits_.handshake_seconds);
    stream_.async_handshake([self = shared_from_this()](error_code error) {
      if (self->closed_) return;
      if (!error) {
        self->next_request();
        self->read();
      } else if (self->stream_.falls_back_to_plain(error)) {
        self->timer_.cancel();
        self->refuse(400, "this port speaks https only");
      } else {
        self->close();
      }
    });
  }

  void next_request() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<uint32_t>(limits_.header_bytes));
    parser_->body_limit(static_cast<uint64_t>(limits_.body_bytes));
    receiving_ = false;
    told_to_continue_ = false;
    waiting_since_ = Clock::now();
    deadline(limits_.idle_seconds);
  }

  void watch_events() {
    timer_.expires_after(nanoseconds(limits_.event_seconds));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->closed_ || !self->exchange_) return;
      if (self->timer_.expiry() > Clock::now()) return;  // was set anew
      self->exchange_->fill_silence();
      if (self->exchange_) self->watch_events();
    });
  }

  void close_after(double seconds) {
    timer_.expires_after(nanoseconds(seconds));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->close();
    });
  }

  void deadline(double seconds) {
    timer_.expires_after(nanoseconds(seconds));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->closed_ || self->exchange_ || self->ending_) return;
      if (self->timer_.expiry() > Clock::now()) return;  // was set anew
      if (self->receiving_)
        self->refuse(408, "the request did not arrive in time; send it faster or shorter");
      else
        self->close();
    });
  }

  // One read is always under way, unless the buffer is full of requests sent ahead: it also tells
  // when the client goes.
  void read() {
    if (reading_ || closed_ || buffer_.size() >= static_cast<size_t>(limits_.header_bytes) + kPiece)
      return;
    reading_ = true;
    stream_.async_read_some(buffer_.prepare(kPiece),
                            [self = shared_from_this()](error_code error, size_t bytes) {
                              self->reading_ = false;
                              if (self->closed_) return;
                              if (error) return self->no_more(error);
                              if (!self->ending_) self->buffer_.commit(bytes);
                              self->advance();
                              self->read();
                            });
  }

  // A client that is done with sending still gets the answer that is on its way.
  void no_more(error_code error) {
    if (error != asio::error::eof || exchange_ || sending_.empty()) return close();
    ending_ = at_end_ = true;
  }

  // Parses what has arrived, unless a request is being answered or this connection is to end.
  void advance() {
    if (exchange_ || closed_ || ending_ || buffer_.size() == 0) return;
    if (!receiving_) {
      receiving_ = true;
      deadline(limits_.request_seconds);
    }
    error_code error;
    while (buffer_.size() > 0 && !parser_->is_done()) {
      const size_t used = parser_->put(buffer_.data(), error);
      buffer_.consume(used);
      if (error == http::error::need_more) break;
      if (error) return refuse_malformed(error);
      if (used == 0) break;
    }
    if (parser_->is_done()) return dispatch();
    if (parser_->is_header_done() && !told_to_continue_ &&
        beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      told_to_continue_ = true;
      write("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }

  void refuse_malformed(error_code error) {
    if (error == http::error::body_limit)
      return refuse(413, "the body is longer than the limit of " +
                             std::to_string(limits_.body_bytes) + " bytes");
    if (error == http::error::header_limit)
      return refuse(431, "the header is longer than the limit of " +
                             std::to_string(limits_.header_bytes) + " bytes");
    refuse(400, "this is not HTTP/1.1: " + error.message());
  }

  // Answers without a handler, and ends: where the next request begins is unknown.
  void refuse(int status, const std::string& message) {
    HttpResponse response;
    response.status = status;
    response.body = error_body(status, message);
    keep_alive_ = false;
    refused_ = true;
    answered(
        head(response, "Content-Length: " + std::to_string(response.body.size()) + "\r\n", false) +
        response.body);
  }

  void dispatch() {
    timer_.cancel();
    had_request_ = true;
    const Parser::value_type& message = parser_->get();
    version_ = message.version();
    keep_alive_ = version_ >= 11 && message.keep_alive() && !draining_;
    HttpRequest request;
    request.method = message.method_string();
    const std::string_view target(message.target().data(), message.target().size());
    const size_t question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    request.query = target.substr(std::min(question + 1, target.size()));
    request.authorization = message[http::field::authorization];
    request.host = message[http::field::host];
    request.origin = message[http::field::origin];
    request.fetch_site = message["Sec-Fetch-Site"];
    request.body = std::move(parser_->get().body());
    const auto exchange = std::make_shared<Exchange>(shared_from_this(), std::move(request));
    exchange_ = exchange.get();
    handler_(exchange);
  }

  void answered(std::string_view text) {
    exchange_ = nullptr;
    if (!keep_alive_ || draining_) ending_ = true;
    write(text);
    if (closed_ || ending_) return;
    next_request();
    // Not from here: the handler is still on the stack.
    asio::post(stream_.executor(), [self = shared_from_this()] {
      self->advance();
      self->read();
    });
  }

  // The handler let go of its exchange without an answer.
  void forgotten() {
    exchange_ = nullptr;
    close();
  }

  void lose_exchange() {
    if (Exchange* exchange = std::exchange(exchange_, nullptr)) exchange->lose();
  }

  void write(std::string_view text) {
    if (closed_) return;
    unsent_ += text;
    if (unsent_.size() > kMostUnsent) return post_close();
    send();
  }

  void send() {
    if (!sending_.empty()) return;
    if (unsent_.empty()) {
      if (ending_) finish();
      return;
    }
    std::swap(sending_, unsent_);
    sent_ = 0;
    send_more();
  }

  void send_more() {
    write_timer_.expires_after(nanoseconds(limits_.write_seconds));
    write_timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->close();
    });
    stream_.async_write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
                             [self = shared_from_this()](error_code error, size_t bytes) {
                               self->write_timer_.cancel();
                               if (self->closed_) return;
                               if (error) return self->close();
                               self->sent_ += bytes;
                               if (self->sent_ < self->sending_.size()) return self->send_more();
                               self->sending_.clear();
                               self->send();
                             });
  }

  // Everything is sent. After a refusal the client may still be sending: closing at once would
  // reset the connection, and it would never see why. Under TLS it is owed a message that this is
  // the end. It is read, and dropped, until it closes too.
  void finish() {
    if (at_end_ || !(refused_ || stream_.is_secure())) return close();
    stream_.end_sending(shared_from_this());
    close_after(refused_ ? 2 : 0.1);
    buffer_.clear();
    read();
  }

  void post_close() {
    asio::post(stream_.executor(), [self = shared_from_this()] { self->close(); });
  }

  ClientStream stream_;
  asio::steady_timer timer_, write_timer_;
  const LimitsConfig& limits_;
  const HttpHandler& handler_;
  std::function<void()> on_end_;

  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool receiving_ = false;         // part of a request is here
  bool told_to_continue_ = false;  // 100 Continue
  bool reading_ = false;
  Clock::time_point waiting_since_;  // for a request
  bool had_request_ = false;
  Exchange* exchange_ = nullptr;  // the request that is being answered
  unsigned version_ = 11;         // of HTTP, times ten
  bool keep_alive_ = true;
  bool draining_ = false;
  bool ending_ = false;   // nothing follows what is unsent
  bool at_end_ = false;   // the client sends no more
  bool refused_ = false;  // what it sent was no request
  bool closed_ = false;
  std::string unsent_, sending_;
  size_t sent_ = 0;  // of sending_
};

}  // namespace

std::shared_ptr<HttpSession> start_http_session(asio::ip::tcp::socket socket,
                                                const std::shared_ptr<asio::ssl::context>& tls,
                                                const LimitsConfig& limits,
                                                const HttpHandler& handler,
                                                std::function<void()> on_end) {
  const auto session =
      std::make_shared<Session>(std::move(socket), tls, limits, handler, std::move(on_end));
  session->start();
  return session;
}

}  // namespace lmos::serve
