#include "serve/router.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/quote.h"
#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

// The part of `path` that stands for the parameter of `pattern`; none if it does not match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const size_t open = pattern.find('{');
  if (open == std::string_view::npos)
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  const std::string_view before = pattern.substr(0, open);
  const std::string_view after = pattern.substr(pattern.find('}') + 1);
  if (!path.starts_with(before) || !path.ends_with(after) ||
      path.size() <= before.size() + after.size())
    return std::nullopt;
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  if (!after.empty() && path.find('/') != std::string_view::npos) return std::nullopt;
  return path;
}

// How much of a pattern is fixed; of two that match, the one with more is meant.
size_t fixed_characters(std::string_view pattern) {
  const size_t open = pattern.find('{');
  return open == std::string_view::npos ? SIZE_MAX
                                        : pattern.size() - (pattern.find('}') + 1 - open);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-encoded UTF-8. `plus`: whether a plus sign is a space, as in a query.
std::string decode_url(std::string_view text, bool plus, const std::string& what) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (replace_invalid_utf8(decoded) != decoded || decoded.find('\0') != std::string::npos)
    throw invalid_request(what + " is no UTF-8 text");
  return decoded;
}

Json query_value(const Shape& shape, const std::string& text) {
  if (shape.is_boolean() && (text == "true" || text == "false")) return text == "true";
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (shape.is_integer() && error == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

Json read_query(std::string_view query, const std::vector<ShapeField>& fields) {
  Json values = Json::Object();
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string key = decode_url(pair.substr(0, equals), true, "the query");
    const std::string text =
        decode_url(pair.substr(std::min(equals + 1, pair.size())), true, "the query");
    if (values.find(key) != nullptr)
      throw invalid_request("the query says " + quote_text(key, 60) + " twice", key.substr(0, 60));
    const auto field = std::ranges::find(fields, key, &ShapeField::name);
    values.set(key, field == fields.end() ? Json(text) : query_value(field->shape, text));
  }
  Shape::object(fields).check(values);
  return values;
}

Json read_body(const std::string& body, const Shape& shape) {
  if (body.empty()) throw invalid_request("the request has no body; send a JSON object");
  Json json;
  try {
    json = parse_json(body, "body");
  } catch (const Error& error) {
    throw invalid_request(error.what());
  }
  shape.check(json);
  return json;
}

}  // namespace

void Router::add(std::vector<Route> routes) {
  std::ranges::move(routes, std::back_inserter(routes_));
}

const Route& Router::find(const HttpRequest& request, std::string& parameter) const {
  const Route* best = nullptr;
  for (const Route& route : routes_)
    if (match(route.path, request.path) &&
        (best == nullptr || fixed_characters(route.path) > fixed_characters(best->path)))
      best = &route;
  if (best == nullptr) throw unknown_route("there is nothing at " + quote_text(request.path));

  std::string allowed;
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Route& route : routes_) {
    if (route.path != best->path) continue;
    if (route.method == method) {
      parameter = decode_url(*match(route.path, request.path), false, "the path");
      return route;
    }
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") allowed += ", HEAD";
  }
  ApiError error = unknown_route(quote_text(request.path) + " takes " + allowed + ", not " +
                                 quote_text(request.method, 20));
  error.status = 405;
  error.allow = allowed;
  throw error;
}

void Router::handle(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  try {
    RouteCall call;
    call.exchange = exchange;
    const Route& route = find(request, call.parameter);
    if (!route.open) {
      guard_.check(request);
      call.tenant = access_.admit(request.authorization);
    }
    call.query = read_query(request.query, route.query);
    if (route.body) call.body = read_body(request.body, *route.body);
    route.run(call);
  } catch (const ApiError& error) {
    ++errors_[error.status];
    respond_error(*exchange, error);
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", quote_text(request.method), quote_text(request.path), error.what());
    ++errors_[500];
    respond_error(*exchange, internal_error("the request failed; the server's log says why"));
  }
}

}  // namespace lmos::serve
