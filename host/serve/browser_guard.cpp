#include "serve/browser_guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "formats/quote.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

ApiError refused_site(const std::string& message) {
  return {403, "permission_error", message, "", "cross_site_request", 0};
}

// "localhost" of "localhost:8080", "::1" of "[::1]:8080".
std::string_view name_of(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_ip(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

bool same_letters(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

}  // namespace

void BrowserGuard::check(const HttpRequest& request) const {
  const std::string_view origin = request.origin;
  const std::string_view site = request.fetch_site;
  // Where a browser tells the site, a proxy may have changed the host.
  const bool same_site =
      site.empty()
          ? origin.empty() || (origin.find("://") != std::string_view::npos &&
                               same_letters(origin.substr(origin.find("://") + 3), request.host))
          : site == "same-origin" || site == "none";
  if (!same_site)
    throw refused_site("a page of another site may not use this server through a browser");

  if (keys_ || request.host.empty()) return;
  const std::string name(name_of(request.host));
  if (is_ip(name) || same_letters(name, "localhost") ||
      std::ranges::any_of(names_, [&](const std::string& own) { return same_letters(own, name); }))
    return;
  throw refused_site(
      "this server asks for no API keys, and so answers to `localhost` and IP "
      "addresses only, not to " +
      quote_text(name, 100) + "; listen.names allows for more");
}

}  // namespace lmos::serve
