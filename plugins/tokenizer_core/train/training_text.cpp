#include "tokenizer_core/train/training_text.h"

#include "tokenizer_core/added/token_trie.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

void TrainingText::read(const std::vector<std::string>& special_tokens,
                        const std::function<void(std::string_view)>& visit) const {
  TokenTrie special;
  for (const std::string& token : special_tokens) special.add(token, 0);
  uint64_t done = 0;
  while (const std::optional<std::string_view> text = next()) {
    if (text->size() > UINT32_MAX)
      throw TokenizerError("a document to train on is longer than 4 GiB; cut it");
    if (const size_t invalid = find_invalid_utf8(*text); invalid != text->npos) {
      throw TokenizerError("the text to train on is not valid UTF-8 at byte " +
                           std::to_string(done + invalid));
    }
    size_t begin = 0;
    for (TokenTrie::Found found{}; special.find(*text, begin, found); begin = found.end)
      visit(text->substr(begin, found.begin - begin));
    visit(text->substr(begin));
    done += text->size();
    progress("reading text", done, total_bytes);
  }
}

LearnedVocabulary begin_with_special_tokens(const std::vector<std::string>& special_tokens) {
  LearnedVocabulary vocabulary;
  for (const std::string& token : special_tokens) {
    if (token.empty()) throw TokenizerError("special_tokens: a special token is empty");
    if (find_invalid_utf8(token) != std::string::npos)
      throw TokenizerError("special_tokens: '" + token + "' is not valid UTF-8");
    if (vocabulary.ids.contains(token))
      throw TokenizerError("special_tokens: '" + token + "' is given twice");
    vocabulary.add(token);
  }
  return vocabulary;
}

}  // namespace lmos::tokenizer
