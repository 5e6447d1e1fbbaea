#include "worker/tokenizer_calls.h"

#include "worker/chat_prompt.h"
#include "worker/refusal.h"

namespace lmos::worker {

void tokenize(const wire::Tokenize& tokenize, const components::Tokenizer& tokenizer,
              const conversation::ChatFormat* chat, Connection& connection) {
  refuse_on_error(connection, tokenize.request, [&] {
    std::vector<int32_t> ids;
    if (tokenize.kind != wire::PromptKind::kChat)
      ids = tokenizer.encode(tokenize.text, tokenize.special);
    else if (chat != nullptr)
      ids = encode_chat(*chat, tokenize.text);
    else
      refuse("messages", "messages: the model holds no conversations");
    connection.send(wire::TokenizeAnswer{tokenize.request, std::move(ids)});
  });
}

void detokenize(const wire::Detokenize& detokenize, const components::Tokenizer& tokenizer,
                Connection& connection) {
  refuse_on_error(connection, detokenize.request, [&] {
    check_ids(tokenizer, detokenize.ids, "tokens");
    connection.send(
        wire::DetokenizeAnswer{detokenize.request, tokenizer.decode(detokenize.ids, false)});
  });
}

}  // namespace lmos::worker
