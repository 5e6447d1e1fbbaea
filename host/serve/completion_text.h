// The JSON of answers to POST /v1/completions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"
#include "serve/usage.h"
#include "wire/message.h"

namespace lmos::serve {

// Of one continuation, token by token.
struct TokenLogprobs {
  std::vector<wire::AlternativeToken> chosen;
  std::vector<std::vector<wire::AlternativeToken>> likeliest;  // of each chosen

  void add(const wire::NewToken& token);
  // `first_offset`: characters of the answer's text before the first token.
  Json json(size_t first_offset) const;
};

// "stop" or "length".
std::string_view finish_reason_text(wire::FinishKind kind);

// What every answer to one request begins with.
class CompletionText {
 public:
  CompletionText(std::string id, std::string model, int64_t created_unix_seconds);

  // One event of a stream. `usage_null`: the stream's last event will tell the usage.
  std::string event(uint32_t index, std::string_view text, const TokenLogprobs& logprobs,
                    size_t first_offset, std::optional<wire::FinishKind> finish,
                    bool usage_null) const;
  std::string usage_event(const Usage& usage) const;

  static Json choice(uint32_t index, std::string text, const TokenLogprobs& logprobs,
                     size_t first_offset, wire::FinishKind finish);
  std::string whole(Json::Array choices, const Usage& usage) const;

 private:
  std::string begin_;  // {"id": …, "choices":[
};

}  // namespace lmos::serve
