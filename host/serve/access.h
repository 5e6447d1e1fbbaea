// Who may use the daemon, and how much.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "serve/api_keys.h"
#include "serve/rate_limit.h"
#include "serve/tenant.h"

namespace lmos::serve {

// On the loop's thread only.
class Access {
 public:
  // `required`: without, everybody is the tenant "". Error(kConfiguration) if the file is damaged.
  Access(KeyFile file, bool required);

  // `authorization`: the header's value. Counts a request. ApiError: 401 for no key or an unknown
  // one, 429 beyond its limits. Changes of the file count within a second; one that damages it is
  // logged, and the keys before it stay.
  Tenant admit(const std::string& authorization);
  bool required() const { return required_; }

 private:
  using Clock = RateLimit::Clock;
  struct Limits {
    explicit Limits(const ApiKey& key)
        : tokens_per_minute(key.tokens_per_minute),
          requests_per_minute(key.requests_per_minute),
          tokens(key.tokens_per_minute, Clock::now()),
          requests(key.requests_per_minute, Clock::now()) {}
    int64_t tokens_per_minute, requests_per_minute;  // 0: no limit
    RateLimit tokens, requests;
  };

  void reload_if_changed();
  std::shared_ptr<Limits> limits_of(const ApiKey& key);

  KeyFile file_;
  bool required_;
  std::vector<ApiKey> keys_;
  std::filesystem::file_time_type changed_{};  // of the file when it was read
  Clock::time_point checked_{};
  std::map<std::string, std::shared_ptr<Limits>> limits_;  // by key id
};

}  // namespace lmos::serve
