#include "tokenizer_core/added/added_tokens.h"

#include <algorithm>
#include <unordered_set>

#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/text/regex.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kContentLimitBytes = 4096;

bool is_word_character(char32_t character) {
  static const Regex word(R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}])");
  std::string text;
  append_character(text, character);
  return word.find(text, 0).has_value();
}

bool word_ends_at(std::string_view text, size_t position) {
  return position > 0 && is_word_character(last_character(text.substr(0, position)));
}

bool word_begins_at(std::string_view text, size_t position) {
  return position < text.size() && is_word_character(next_character(text, position));
}

size_t white_space_before(std::string_view text, size_t position, size_t lowest) {
  while (position > lowest) {
    size_t previous = position - 1;
    while (previous > lowest && (static_cast<uint8_t>(text[previous]) & 0xC0) == 0x80) --previous;
    size_t end = previous;
    if (!is_white_space(next_character(text, end))) break;
    position = previous;
  }
  return position;
}

size_t white_space_after(std::string_view text, size_t position) {
  for (size_t next = position; next < text.size(); position = next) {
    if (!is_white_space(next_character(text, next))) break;
  }
  return position;
}

AddedToken read_token(const JsonCursor& json, const Vocabulary& vocabulary, TokenId limit) {
  AddedToken token;
  const JsonCursor content = json.at("content");
  token.content = content.string();
  if (token.content.empty() || token.content.size() > kContentLimitBytes)
    content.fail("expected between 1 and " + std::to_string(kContentLimitBytes) + " bytes");
  const JsonCursor id = json.at("id");
  if (id.unsigned_integer() >= limit)
    id.fail("id " + std::to_string(id.unsigned_integer()) + " is out of range for this vocabulary");
  token.id = static_cast<TokenId>(id.unsigned_integer());
  const TokenId known = vocabulary.find(token.content);
  if (known != kNoToken && known != token.id)
    id.fail("'" + token.content + "' is " + std::to_string(known) + " in model.vocab and " +
            std::to_string(token.id) + " here");
  if (known == kNoToken && vocabulary.contains(token.id))
    id.fail("id " + std::to_string(token.id) + " of '" + token.content + "' is that of '" +
            std::string(vocabulary.token(token.id)) + "' in model.vocab");
  token.single_word = json.boolean_or("single_word", false);
  token.lstrip = json.boolean_or("lstrip", false);
  token.rstrip = json.boolean_or("rstrip", false);
  token.special = json.boolean_or("special", false);
  token.normalized = json.boolean_or("normalized", !token.special);
  return token;
}

}  // namespace

AddedTokens::AddedTokens(const std::optional<JsonCursor>& json, const Vocabulary& vocabulary,
                         const Normalizer* normalizer) {
  if (!json) return;
  const TokenId limit = id_limit(vocabulary.count() + json->size());
  std::unordered_set<TokenId> ids;
  std::unordered_set<std::string> contents;
  for (size_t i = 0; i < json->size(); ++i) {
    const JsonCursor place = (*json)[i];
    AddedToken token = read_token(place, vocabulary, limit);
    if (!ids.insert(token.id).second || !contents.insert(token.content).second)
      place.fail("the id or the content of '" + token.content + "' is that of another added token");
    token.text = token.content;
    if (token.normalized && normalizer != nullptr) {
      AlignedText text({.text = token.content});
      normalizer->apply(text);
      token.text = text.text();
    }
    const bool searched = !place.boolean_or("sentencepiece", false);
    if (searched && !token.text.empty())
      (token.normalized ? normalized_ : original_).add(token.text, i);
    tokens_.push_back(std::move(token));
  }
}

void AddedTokens::split(Piece piece, Set set, AddedTokenSink& sink) const {
  const std::string_view text = piece.text;
  size_t done = 0;
  TokenTrie::Found found{};
  for (size_t from = 0; trie(set).find(text, from, found); from = found.end) {
    const AddedToken& token = tokens_[found.value];
    if (token.single_word && (word_ends_at(text, found.begin) || word_begins_at(text, found.end)))
      continue;
    size_t begin = found.begin, end = found.end;
    if (token.lstrip) begin = white_space_before(text, begin, done);
    if (token.rstrip) end = white_space_after(text, end);
    // The token may begin in white space that the one before it took.
    begin = std::max(begin, done);
    if (begin > done) sink.text_between(piece.part(done, begin));
    sink.added_token(token.id, piece.part(begin, std::max(end, begin)));
    done = std::max(end, done);
  }
  if (done < text.size()) sink.text_between(piece.part(done, text.size()));
}

}  // namespace lmos::tokenizer
