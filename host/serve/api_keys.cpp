#include "serve/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <chrono>

#include "errors/error.h"
#include "serve/hexadecimal.h"

namespace lmos::serve {
namespace {

constexpr std::string_view kPrefix = "lmos-";

std::string hash_of(std::string_view salt, std::string_view secret) {
  const std::string text = std::string(salt).append(secret);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw Error(ErrorKind::kInternal, "OpenSSL computed no SHA-256");
  return hexadecimal(digest, size);
}

}  // namespace

int64_t day_now() {
  return std::chrono::duration_cast<std::chrono::hours>(
             std::chrono::system_clock::now().time_since_epoch())
             .count() /
         24;
}

std::vector<ApiKey> KeyStore::load() const {
  std::vector<ApiKey> keys;
  Statement rows = database_.prepare(
      "SELECT id, name, salt, hash, rights, created, tokens_per_minute, "
      "requests_per_minute, tokens_per_day FROM keys ORDER BY created, rowid");
  while (rows.step())
    keys.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3),
                    rows.text(4) == "admin" ? KeyRights::kAdmin : KeyRights::kUse, rows.integer(5),
                    rows.integer(6), rows.integer(7), rows.integer(8)});
  return keys;
}

std::string KeyStore::add(ApiKey key) {
  const std::string secret = std::string(kPrefix) + random_digits(32);
  key.id = random_digits(4);
  key.salt = random_digits(16);
  key.hash = hash_of(key.salt, secret);
  key.created = std::chrono::duration_cast<std::chrono::seconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  const std::string_view rights = key.rights == KeyRights::kAdmin ? "admin" : "use";
  database_
      .prepare(
          "INSERT INTO keys (id, name, salt, hash, rights, created, tokens_per_minute, "
          "requests_per_minute, tokens_per_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(key.id, key.name, key.salt, key.hash, rights, key.created, key.tokens_per_minute,
            key.requests_per_minute, key.tokens_per_day)
      .run();
  return secret;
}

bool KeyStore::revoke(std::string_view id) {
  return database_.prepare("DELETE FROM keys WHERE id = ?").bind(id).run() > 0;
}

KeyUse KeyStore::use(std::string_view id) const {
  Statement rows = database_.prepare("SELECT day, tokens FROM key_use WHERE key = ?");
  rows.bind(id);
  if (!rows.step()) return {};
  return {rows.integer(0), rows.integer(1)};
}

void KeyStore::save_use(std::string_view id, const KeyUse& use) {
  database_
      .prepare(
          "INSERT OR REPLACE INTO key_use (key, day, tokens) SELECT id, ?, ? FROM keys "
          "WHERE id = ?")
      .bind(use.day, use.tokens, id)
      .run();
}

const ApiKey* find_key(const std::vector<ApiKey>& keys, std::string_view secret) {
  const ApiKey* found = nullptr;
  for (const ApiKey& key : keys) {
    const std::string hash = hash_of(key.salt, secret);
    if (hash.size() == key.hash.size() &&
        CRYPTO_memcmp(hash.data(), key.hash.data(), hash.size()) == 0)
      found = &key;
  }
  return found;
}

}  // namespace lmos::serve
