// Who may use the daemon, and how much.
#pragma once

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
  // `required`: without, everybody is the tenant "", an administrator. Errors as of Database.
  Access(KeyStore store, bool required);
  // Saves what keys used today.
  ~Access();

  // `authorization`: the header's value. Counts a request. ApiError: 401 for no key or an unknown
  // one, 429 beyond its limits. Changes by other processes count within a second; if the keys can't
  // be read then, that is logged, and those read before stay.
  Tenant admit(const std::string& authorization);
  bool required() const { return required_; }

 private:
  using Clock = RateLimit::Clock;
  struct Limits {
    explicit Limits(const ApiKey& key)
        : tokens_per_minute(key.tokens_per_minute),
          requests_per_minute(key.requests_per_minute),
          tokens_per_day(key.tokens_per_day),
          tokens(key.tokens_per_minute, Clock::now()),
          requests(key.requests_per_minute, Clock::now()) {}
    // 0: no limit
    int64_t tokens_per_minute, requests_per_minute, tokens_per_day;
    RateLimit tokens, requests;
    KeyUse used, saved;  // of today's tokens, where there is a limit
    Clock::time_point saved_at{};
  };

  void reload_if_changed();
  std::shared_ptr<Limits> limits_of(const ApiKey& key);
  // ApiError (429).
  static void check(const ApiKey& key, Limits& limits);
  void charge(const std::string& id, Limits& limits, int64_t tokens);
  void save_use(const std::string& id, Limits& limits);

  KeyStore store_;
  bool required_;
  std::vector<ApiKey> keys_;
  int64_t version_ = 0;  // of the store when it was read
  Clock::time_point checked_{};
  std::map<std::string, std::shared_ptr<Limits>> limits_;  // by key id
};

}  // namespace lmos::serve
