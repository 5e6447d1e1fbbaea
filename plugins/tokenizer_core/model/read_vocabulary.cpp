#include "tokenizer_core/model/read_vocabulary.h"

#include <algorithm>
#include <boost/json/object.hpp>

namespace lmos::tokenizer {

TokenId id_limit(size_t token_count) {
  return static_cast<TokenId>(std::min<size_t>(8 * token_count + 65536, INT32_MAX));
}

Vocabulary read_vocabulary(const JsonCursor& json) {
  const boost::json::object& entries = json.object();
  const TokenId limit = id_limit(entries.size());
  TokenId largest = 0;
  const auto id_of = [&](const auto& entry) {
    const std::string_view token(entry.key().data(), entry.key().size());
    const JsonCursor place(entry.value(), json.path() + "['" + std::string(token) + "']",
                           json.file());
    const uint64_t id = place.unsigned_integer();
    if (id >= limit)
      place.fail("id " + std::to_string(id) + " is out of range for a vocabulary of " +
                 std::to_string(entries.size()) + " tokens");
    return static_cast<TokenId>(id);
  };
  for (const auto& entry : entries) largest = std::max(largest, id_of(entry));

  Vocabulary vocabulary(entries.size(), largest + 1);
  for (const auto& entry : entries) {
    const std::string_view token(entry.key().data(), entry.key().size());
    const TokenId id = id_of(entry);
    if (!vocabulary.add(token, id)) {
      json.fail("id " + std::to_string(id) + " is given to both '" +
                std::string(vocabulary.token(id)) + "' and '" + std::string(token) + "'");
    }
  }
  return vocabulary;
}

}  // namespace lmos::tokenizer
