// API keys: made once, told once, kept as salted hashes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::serve {

// A key is "lmos-" with 32 random bytes in hexadecimal digits: too many to be guessed, so that one
// round of SHA-256 over salt and key keeps it as secret as a slow hash would.
struct ApiKey {
  std::string id;       // 8 hexadecimal digits; names the key in commands and logs, and its tenant
  std::string name;     // what it is for
  std::string salt;     // 16 bytes in hexadecimal digits
  std::string hash;     // SHA-256 of salt and key, in hexadecimal digits
  int64_t created = 0;  // seconds since 1970
  int64_t tokens_per_minute = 0;    // 0: no limit
  int64_t requests_per_minute = 0;  // 0: no limit
};

// The file STATE_FOLDER/keys.json, readable by its owner only. Each change is written at once,
// whole, under a lock that other processes respect.
class KeyFile {
 public:
  explicit KeyFile(const std::filesystem::path& state_folder);

  // An absent file holds no keys. Error(kConfiguration) for a damaged one.
  std::vector<ApiKey> load() const;
  // Returns the key itself, which is kept nowhere. `key`: name and limits.
  std::string add(ApiKey key);
  // False if no key has this id.
  bool revoke(std::string_view id);
  const std::filesystem::path& path() const { return path_; }

 private:
  void save(const std::vector<ApiKey>& keys) const;

  std::filesystem::path folder_, path_;
};

// The key that `secret` is, or null. Looks at every key, in a time that does not tell how much of
// one it matched.
const ApiKey* find_key(const std::vector<ApiKey>& keys, std::string_view secret);

}  // namespace lmos::serve
