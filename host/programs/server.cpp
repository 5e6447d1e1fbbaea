#include "programs/server.h"

#include <algorithm>
#include <cstdlib>

#include "programs/session.h"

namespace lmos {
namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

OptionSpec url_option() {
  return {.name = "url",
          .value = "URL",
          .doc = "The server to talk to. LLMASOS_API_KEY holds the key to send, if it wants one.",
          .default_text = std::string("LLMASOS_URL, or ") + kDefaultUrl};
}

void add_trust_options(CommandSpec& command) {
  if (std::ranges::find(command.options, url_option().name, &OptionSpec::name) ==
      command.options.end())
    return;
  command.options.push_back({.name = "ca",
                             .value = "FILE",
                             .doc = "Certificates (PEM) to trust over https.",
                             .default_text = "those of the system"});
  command.options.push_back(
      {.name = "insecure", .value = {}, .doc = "Trust any certificate: others may listen."});
}

client::ClientOptions server_of(const Arguments& arguments) {
  const std::string configured = environment("LLMASOS_URL");
  client::ClientOptions options;
  options.address = client::parse_address(
      arguments.text_or("url", configured.empty() ? kDefaultUrl : configured));
  options.api_key = environment("LLMASOS_API_KEY");
  options.trust.authorities = arguments.text_or("ca", "");
  options.trust.anyone = arguments.flag("insecure");
  options.waiting.interrupted = &Session::interrupted();
  return options;
}

}  // namespace lmos
