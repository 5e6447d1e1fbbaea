// API keys: made once, told once, kept as salted hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serve/state/database.h"

namespace lmos::serve {

enum class KeyRights {
  kUse,    // models, and the jobs that the key made
  kAdmin,  // also what concerns everybody: all jobs, which models are loaded
};

// A key is "lmos-" with 32 random bytes in hexadecimal digits: too many to be guessed, so that one
// round of SHA-256 over salt and key keeps it as secret as a slow hash would.
struct ApiKey {
  std::string id;    // 8 hexadecimal digits; names the key in commands and logs, and its tenant
  std::string name;  // what it is for
  std::string salt;  // 16 bytes in hexadecimal digits
  std::string hash;  // SHA-256 of salt and key, in hexadecimal digits
  KeyRights rights = KeyRights::kUse;
  int64_t created = 0;              // seconds since 1970
  int64_t tokens_per_minute = 0;    // 0: no limit
  int64_t requests_per_minute = 0;  // 0: no limit
  int64_t tokens_per_day = 0;       // of UTC; 0: no limit
};

// Days since 1970, in UTC. [any-thread]
int64_t day_now();

// Tokens that a key used on one day.
struct KeyUse {
  int64_t day = 0;  // since 1970, in UTC
  int64_t tokens = 0;
};

// The keys in the daemon's state. Errors as of Database, which outlives it.
class KeyStore {
 public:
  explicit KeyStore(Database& database) : database_(database) {}

  // In the order of their creation.
  std::vector<ApiKey> load() const;
  // Returns the key itself, which is kept nowhere. `key`: name, rights and limits.
  std::string add(ApiKey key);
  // False if no key has this id.
  bool revoke(std::string_view id);
  // Of the last day on which it was saved.
  KeyUse use(std::string_view id) const;
  // Nothing for a key that was revoked.
  void save_use(std::string_view id, const KeyUse& use);
  // Another number than before once another process has changed them.
  int64_t version_seen() const { return database_.version_seen(); }

 private:
  Database& database_;
};

// The key that `secret` is, or null. Looks at every key, in a time that does not tell how much of
// one it matched.
const ApiKey* find_key(const std::vector<ApiKey>& keys, std::string_view secret);

}  // namespace lmos::serve
