// Where a daemon is found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::client {

struct Address {
  bool secure = false;  // https
  std::string host;     // a name, or an IP address without brackets
  uint16_t port = 0;
  std::string prefix;  // of every path: "" or "/behind/a/proxy"

  // "127.0.0.1:8080", as in the Host header.
  std::string authority() const;
  // The URL that says the same.
  std::string url() const;
};

// "http://HOST[:PORT][/PREFIX]"; a trailing "/v1", as other clients of the API want it, is left
// out. Error(kUsage) for anything else.
Address parse_address(std::string_view url);

}  // namespace lmos::client
