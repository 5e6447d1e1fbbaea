#include "client/address.h"

#include <algorithm>
#include <charconv>

#include "errors/error.h"
#include "formats/quote.h"

namespace lmos::client {
namespace {

[[noreturn]] void refuse_url(std::string_view url, const std::string& why) {
  throw Error(ErrorKind::kUsage, quote_text(url) + " is no URL of a server: " + why +
                                     "; it looks like http://127.0.0.1:8080");
}

bool is_host_character(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
}
bool is_ipv6_character(unsigned char c) { return std::isxdigit(c) != 0 || c == ':' || c == '.'; }
bool is_path_character(unsigned char c) { return c > ' ' && c < 127 && c != '?' && c != '#'; }

}  // namespace

std::string Address::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Address::url() const {
  return (secure ? "https://" : "http://") + authority() + prefix;
}

Address parse_address(std::string_view url) {
  Address address;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    address.secure = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    refuse_url(url, "it begins with neither http:// nor https://");
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);

  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) refuse_url(url, "a bracket is not closed");
    address.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!std::ranges::all_of(address.host, is_ipv6_character))
      refuse_url(url, "there is no such address");
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    address.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (!std::ranges::all_of(address.host, is_host_character))
      refuse_url(url, "there is no such host");
  }
  if (address.host.empty()) refuse_url(url, "it names no host");
  address.port = address.secure ? 443 : 80;
  if (!port.empty()) {
    const char* end = port.data() + port.size();
    const auto [stop, error] = std::from_chars(port.data() + 1, end, address.port);
    if (port.front() != ':' || error != std::errc() || stop != end || address.port == 0)
      refuse_url(url, "there is no such port");
  }

  if (!std::ranges::all_of(path, is_path_character))
    refuse_url(url, "its path holds more than a path");
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with("/v1")) path.remove_suffix(3);
  while (path.ends_with('/')) path.remove_suffix(1);
  address.prefix = path;
  return address;
}

}  // namespace lmos::client
