#include "serve/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "data/file_lock.h"
#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_text.h"

namespace lmos::serve {
namespace {

constexpr std::string_view kPrefix = "lmos-";

std::string hexadecimal(const unsigned char* bytes, size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string random_digits(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1)
    throw Error(ErrorKind::kResource, "the system gives no random numbers for a key");
  return hexadecimal(random.data(), bytes);
}

std::string hash_of(std::string_view salt, std::string_view secret) {
  const std::string text = std::string(salt).append(secret);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw Error(ErrorKind::kInternal, "OpenSSL computed no SHA-256");
  return hexadecimal(digest, size);
}

ApiKey key_from(const Json& json, const std::string& where) {
  ApiKey key;
  key.id = json.at("id", where).as_string(where + ": \"id\"");
  key.name = json.at("name", where).as_string(where + ": \"name\"");
  key.salt = json.at("salt", where).as_string(where + ": \"salt\"");
  key.hash = json.at("hash", where).as_string(where + ": \"hash\"");
  key.created = json.at("created", where).as_int64(where + ": \"created\"");
  key.tokens_per_minute =
      json.at("tokens_per_minute", where).as_int64(where + ": \"tokens_per_minute\"");
  key.requests_per_minute =
      json.at("requests_per_minute", where).as_int64(where + ": \"requests_per_minute\"");
  return key;
}

Json json_of(const ApiKey& key) {
  Json json = Json::Object();
  json.set("id", key.id);
  json.set("name", key.name);
  json.set("salt", key.salt);
  json.set("hash", key.hash);
  json.set("created", key.created);
  json.set("tokens_per_minute", key.tokens_per_minute);
  json.set("requests_per_minute", key.requests_per_minute);
  return json;
}

}  // namespace

KeyFile::KeyFile(const std::filesystem::path& state_folder)
    : folder_(state_folder), path_(state_folder / "keys.json") {}

std::vector<ApiKey> KeyFile::load() const {
  std::vector<ApiKey> keys;
  if (!std::filesystem::exists(path_)) return keys;
  try {
    const Json json = read_json_file(path_);
    const std::string where = path_.string();
    for (const Json& item : json.at("keys", where).as_array(where + ": \"keys\""))
      keys.push_back(key_from(item, where));
  } catch (const Error& error) {
    throw Error(ErrorKind::kConfiguration, error.what());
  }
  return keys;
}

std::string KeyFile::add(ApiKey key) {
  std::filesystem::create_directories(folder_);
  data::FileLock lock(folder_ / "keys.lock");
  lock.acquire();
  std::vector<ApiKey> keys = load();
  const std::string secret = std::string(kPrefix) + random_digits(32);
  key.id = random_digits(4);
  key.salt = random_digits(16);
  key.hash = hash_of(key.salt, secret);
  key.created = std::chrono::duration_cast<std::chrono::seconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  keys.push_back(std::move(key));
  save(keys);
  return secret;
}

bool KeyFile::revoke(std::string_view id) {
  if (!std::filesystem::exists(path_)) return false;
  data::FileLock lock(folder_ / "keys.lock");
  lock.acquire();
  std::vector<ApiKey> keys = load();
  if (std::erase_if(keys, [id](const ApiKey& key) { return key.id == id; }) == 0) return false;
  save(keys);
  return true;
}

void KeyFile::save(const std::vector<ApiKey>& keys) const {
  Json::Array items;
  for (const ApiKey& key : keys) items.push_back(json_of(key));
  Json json = Json::Object();
  json.set("keys", std::move(items));
  const mode_t before = umask(0077);
  try {
    write_file_atomically(path_, indented_json(json));
  } catch (...) {
    umask(before);
    throw;
  }
  umask(before);
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
