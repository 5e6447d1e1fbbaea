#include "tasks/special_tokens.h"

#include <string>

#include "errors/error.h"

namespace lmos::tasks {

SpecialTokens special_tokens(const components::Tokenizer& tokenizer) {
  const auto id = [&](const char* token) {
    const int32_t found = tokenizer.token_to_id(token);
    if (found < 0)
      throw Error(ErrorKind::kConfiguration,
                  std::string("the tokenizer has no token ") + token +
                      ", which this task needs; use a BERT tokenizer, or learn one with "
                      "tokenizer: {plugin: wordpiece, train: {...}}");
    return found;
  };
  return {id("[CLS]"), id("[SEP]"), id("[PAD]"), id("[MASK]")};
}

std::vector<bool> word_continuations(const components::Tokenizer& tokenizer) {
  std::vector<bool> continues(tokenizer.vocab_size());
  for (size_t id = 0; id < continues.size(); ++id)
    continues[id] = tokenizer.id_to_token(static_cast<int32_t>(id)).starts_with("##");
  return continues;
}

}  // namespace lmos::tasks
