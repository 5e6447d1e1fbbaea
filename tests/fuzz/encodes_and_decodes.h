// What holds of every tokenizer that could be read, whatever file it came from.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Ids are of the vocabulary and the same again, with offsets or without; decoding gives UTF-8, in a
// stream as at once.
inline void check_encodes_and_decodes(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<TokenId> ids = tokenizer.encode(text, true);
  for (const TokenId id : ids) require(id < tokenizer.vocab_size());
  require(tokenizer.encode(text, true) == ids);

  const Windows windows = tokenizer.encode(text, std::nullopt, true, std::nullopt);
  require(windows.size() == 1 && windows[0].ids == ids);
  for (const ByteRange range : windows[0].offsets)
    require(range.begin <= range.end && range.end <= text.size());
  try {
    const Truncation truncation = {.max_length = 7, .stride = 2};
    for (const Encoding& window : tokenizer.encode(text, text, true, truncation))
      require(window.size() <= truncation.max_length && window.offsets.size() == window.size());
  } catch (const TokenizerError&) {  // the special tokens may leave too little room
  }

  const std::string whole = tokenizer.decode(ids, false);
  std::string streamed;
  DecodeStream stream(tokenizer, false);
  for (const TokenId id : ids) {
    stream.push(id, streamed);
    require(find_invalid_utf8(streamed) == std::string::npos);
  }
  stream.finish(streamed);
  require(find_invalid_utf8(streamed) == std::string::npos);
  require(streamed == whole);
}

}  // namespace lmos::tokenizer
