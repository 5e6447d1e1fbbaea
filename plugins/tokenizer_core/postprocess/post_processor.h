// Which special tokens stand around texts, and what becomes of offsets: the `post_processor` of a
// tokenizer file.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer_core/encoding/encoding.h"
#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// The token's text; empty where no token has the id.
using TokenText = std::function<std::string_view(TokenId)>;

// Immutable; any thread.
class PostProcessor {
 public:
  // Absent: the texts one after the other. Throws TokenizerError for an unknown type or an id
  // without a token.
  // `takes_space`: whether an added token takes the white space beside it, which trimmed offsets
  // leave out.
  PostProcessor(const std::optional<JsonCursor>& json, const TokenText& token_text,
                std::function<bool(TokenId)> takes_space);

  // How many special tokens are added to one text, or to two.
  size_t special_tokens(size_t texts) const;

  // Puts one or two texts together; each window of one with each of the other. Token types are the
  // template's in all windows; in Hugging Face tokenizers, only in the first. `originals`: the
  // texts that the windows are of.
  Windows process(std::vector<Windows> texts, bool add_special,
                  const std::vector<std::string_view>& originals) const;

  // Calls special(ids) and text() in the order in which a single text and its special tokens stand.
  template <typename Special, typename Text>
  void place_single(Special&& special, Text&& text) const {
    place(0, special, text);
  }

 private:
  struct Part {
    int text = -1;             // of the texts to put together; -1: special tokens
    std::vector<TokenId> ids;  // of the special tokens
    int32_t type_id = 0;
  };
  using Template = std::vector<Part>;
  struct Step {
    // Spaces at the ends of tokens lose their offsets; `keeps_prefix`: but not the first of a text.
    bool trims = false, keeps_prefix = false;
    Template single, pair;  // empty: the step does nothing else
  };
  class Reader;

  void trim(Encoding& encoding, bool keeps_prefix,
            const std::vector<std::string_view>& originals) const;
  template <typename Special, typename Text>
  void place(size_t done, Special& special, Text& text) const;

  std::vector<Step> steps_;
  TokenText token_text_;
  std::function<bool(TokenId)> takes_space_;
};

// The last template stands outermost.
template <typename Special, typename Text>
void PostProcessor::place(size_t done, Special& special, Text& text) const {
  while (done < steps_.size() && steps_[steps_.size() - 1 - done].single.empty()) ++done;
  if (done == steps_.size()) return text();
  for (const Part& part : steps_[steps_.size() - 1 - done].single) {
    if (part.text < 0) {
      special(part.ids);
    } else {
      place(done + 1, special, text);
    }
  }
}

}  // namespace lmos::tokenizer
