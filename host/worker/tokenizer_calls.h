// Text to tokens and back, for the daemon's clients.
#pragma once

#include "components/tokenizer.h"
#include "conversation/chat_format.h"
#include "wire/message.h"
#include "worker/connection.h"

namespace lmos::worker {

// Each answers through the connection at once. `chat` null: the model holds no conversations.
void tokenize(const wire::Tokenize& tokenize, const components::Tokenizer& tokenizer,
              const conversation::ChatFormat* chat, Connection& connection);
void detokenize(const wire::Detokenize& detokenize, const components::Tokenizer& tokenizer,
                Connection& connection);

}  // namespace lmos::worker
