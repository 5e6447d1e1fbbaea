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
      limits->requests_per_minute != key.requests_per_minute ||
      limits->tokens_per_day != key.tokens_per_day) {
    if (limits && limits->tokens_per_day > 0) save_use(key.id, *limits);
    limits = std::make_shared<Limits>(key);
    if (key.tokens_per_day > 0) limits->used = limits->saved = store_.use(key.id);
  }
  return limits;
}

void Access::save_use(const std::string& id, Limits& limits) {
  limits.saved_at = Clock::now();
  limits.saved = limits.used;
  try {
    store_.save_use(id, limits.used);
  } catch (const Error& error) {
    spdlog::error("what a key used today is not saved: {}", error.what());
  }
}

Access::~Access() {
  for (const auto& [id, limits] : limits_)
    if (limits->used.day != limits->saved.day || limits->used.tokens != limits->saved.tokens)
      save_use(id, *limits);
}

void Access::charge(const std::string& id, Limits& limits, int64_t tokens) {
  const auto now = Clock::now();
  if (limits.tokens_per_minute > 0) limits.tokens.take(static_cast<double>(tokens), now);
  if (limits.tokens_per_day == 0) return;
  if (limits.used.day != day_now()) limits.used = {day_now(), 0};
  limits.used.tokens += tokens;
  // Seldom: each waits for the disk.
  if (now - limits.saved_at >= std::chrono::seconds(1)) save_use(id, limits);
}

void Access::check(const ApiKey& key, Limits& limits) {
  const auto now = Clock::now();
  const auto refuse = [](const std::string& what, int wait) {
    throw too_many_requests("this API key may " + what, wait, "rate_limit_exceeded");
  };
  const int requests_wait = key.requests_per_minute > 0 ? limits.requests.seconds_until(1, now) : 0;
  if (requests_wait > 0)
    refuse("send " + std::to_string(key.requests_per_minute) + " requests a minute", requests_wait);
  const int tokens_wait = key.tokens_per_minute > 0 ? limits.tokens.seconds_until(1, now) : 0;
  if (tokens_wait > 0)
    refuse("use " + std::to_string(key.tokens_per_minute) + " tokens a minute", tokens_wait);
  if (key.tokens_per_day > 0 && limits.used.day == day_now() &&
      limits.used.tokens >= key.tokens_per_day) {
    constexpr int64_t kDaySeconds = 86'400;
    const int64_t second = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count() %
                           kDaySeconds;
    refuse("use " + std::to_string(key.tokens_per_day) + " tokens a day",
           static_cast<int>(kDaySeconds - second));
  }
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
  check(*key, *limits);
  if (limits->requests_per_minute > 0) limits->requests.take(1, Clock::now());
  Tenant tenant{key->id, key->rights == KeyRights::kAdmin, {}};
  if (limits->tokens_per_minute > 0 || limits->tokens_per_day > 0)
    tenant.charge = [this, limits, id = key->id](int64_t tokens) { charge(id, *limits, tokens); };
  return tenant;
}

}  // namespace lmos::serve
