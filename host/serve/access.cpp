#include "serve/access.h"

#include <spdlog/spdlog.h>

#include "errors/error.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

ApiError refused_key(std::string message) {
  return {401, "authentication_error", std::move(message), "", "invalid_api_key", 0};
}

}  // namespace

Access::Access(KeyStore store, bool required) : store_(store), required_(required) {
  if (!required_) return;
  version_ = store_.version_seen();
  checked_ = Clock::now();
  keys_ = store_.load();
  if (keys_.empty())
    spdlog::warn("there is no API key yet, so no request is answered: `llmasosd keys add`");
}

void Access::reload_if_changed() {
  const auto now = Clock::now();
  if (now - checked_ < std::chrono::milliseconds(250)) return;
  checked_ = now;
  try {
    const int64_t version = store_.version_seen();
    if (version == version_) return;
    keys_ = store_.load();
    version_ = version;
  } catch (const Error& error) {
    spdlog::error("the API keys before this change stay: {}", error.what());
  }
}

std::shared_ptr<Access::Limits> Access::limits_of(const ApiKey& key) {
  std::shared_ptr<Limits>& limits = limits_[key.id];
  if (!limits || limits->tokens_per_minute != key.tokens_per_minute ||
      limits->requests_per_minute != key.requests_per_minute)
    limits = std::make_shared<Limits>(key);
  return limits;
}

Tenant Access::admit(const std::string& authorization) {
  if (!required_) return {"", true, {}};
  reload_if_changed();
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme))
    throw refused_key("this server needs an API key: send \"Authorization: Bearer KEY\"");
  const ApiKey* key = find_key(keys_, std::string_view(authorization).substr(kScheme.size()));
  if (key == nullptr) throw refused_key("this API key is unknown, or was revoked");

  const auto limits = limits_of(*key);
  const auto now = Clock::now();
  const int requests_wait =
      limits->requests_per_minute > 0 ? limits->requests.seconds_until(1, now) : 0;
  const int tokens_wait = limits->tokens_per_minute > 0 ? limits->tokens.seconds_until(1, now) : 0;
  if (requests_wait > 0)
    throw too_many_requests(
        "this API key may send " + std::to_string(key->requests_per_minute) + " requests a minute",
        requests_wait, "rate_limit_exceeded");
  if (tokens_wait > 0)
    throw too_many_requests(
        "this API key may use " + std::to_string(key->tokens_per_minute) + " tokens a minute",
        tokens_wait, "rate_limit_exceeded");
  if (limits->requests_per_minute > 0) limits->requests.take(1, now);
  Tenant tenant{key->id, key->rights == KeyRights::kAdmin, {}};
  if (limits->tokens_per_minute > 0)
    tenant.charge = [limits](int64_t tokens) {
      limits->tokens.take(static_cast<double>(tokens), Clock::now());
    };
  return tenant;
}

}  // namespace lmos::serve
