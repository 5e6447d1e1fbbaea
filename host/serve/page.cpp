#include "serve/page.h"

#include "errors/error.h"

namespace lmos::serve {
namespace {

constexpr std::string_view kFrontPage = "index.html";

std::string content_type_of(std::string_view name) {
  static constexpr std::pair<std::string_view, const char*> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"}};
  for (const auto& [ending, type] : kTypes)
    if (name.ends_with(ending)) return type;
  throw Error(ErrorKind::kInternal, "the page holds a file of an unknown type");
}

// The page's own files and the daemon's routes, and nothing else: no other site, no inline script,
// no frame around it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const PageFile& file : page_files()) {
    const std::string type = content_type_of(file.name);
    routes.push_back({.method = "GET",
                      .path = file.name == kFrontPage ? "/" : "/page/" + std::string(file.name),
                      .summary = "A file of the web page.",
                      .open = true,
                      .described = false,
                      .content_type = type,
                      .run = [file, type](const RouteCall& call) {
                        call.exchange->respond({.body = std::string(file.bytes),
                                                .content_type = type,
                                                .headers = {{"Content-Security-Policy", kPolicy},
                                                            {"X-Content-Type-Options", "nosniff"},
                                                            {"Referrer-Policy", "no-referrer"},
                                                            {"Cache-Control", "no-cache"}}});
                      }});
  }
  return routes;
}

}  // namespace lmos::serve
