// A tokenizer.json, a zero byte, then a text. Whatever the bytes, loading throws a TokenizerError
// or gives a tokenizer that encodes to ids of its vocabulary and decodes to UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/tokenizer.h"

namespace {

using lmos::tokenizer::TokenId;

constexpr size_t kTextLimitBytes = 256;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const lmos::tokenizer::Tokenizer& tokenizer, std::string_view text) {
  const std::vector<TokenId> ids = tokenizer.encode(text, true);
  for (const TokenId id : ids) require(id < tokenizer.vocab_size());
  require(tokenizer.encode(text, true) == ids);

  const std::string whole = tokenizer.decode(ids, false);
  std::string streamed;
  lmos::tokenizer::DecodeStream stream(tokenizer, false);
  for (const TokenId id : ids) {
    stream.push(id, streamed);
    require(lmos::tokenizer::find_invalid_utf8(streamed) == std::string::npos);
  }
  stream.finish(streamed);
  require(lmos::tokenizer::find_invalid_utf8(streamed) == std::string::npos);
  require(streamed == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t zero = input.find('\0');
  const std::string_view text =
      zero == input.npos ? std::string_view() : input.substr(zero + 1, kTextLimitBytes);
  try {
    check(lmos::tokenizer::open_json(std::string(input.substr(0, zero))), text);
  } catch (const lmos::tokenizer::TokenizerError&) {
  }
  return 0;
}
