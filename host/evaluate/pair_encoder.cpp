#include "evaluate/pair_encoder.h"

#include <algorithm>
#include <string>

#include "errors/error.h"

namespace lmos::evaluate {

PairEncoder::PairEncoder(const components::Tokenizer& tokenizer, int64_t longest,
                         int32_t end_of_text)
    : tokenizer_(tokenizer), longest_(longest), end_of_text_(end_of_text) {}

Continuation PairEncoder::encode(std::string_view context, std::string_view continuation) const {
  const std::string whole = std::string(context) + std::string(continuation);
  context = context.substr(0, context.find_last_not_of(" \t\r\n") + 1);
  Continuation result{tokenizer_.encode(whole, true), tokenizer_.encode(context, true).size()};
  if (result.scored == 0) {
    if (end_of_text_ < 0)
      throw Error(ErrorKind::kInput,
                  "a context is empty, and the tokenizer has no token that begins or ends a text");
    result.ids.insert(result.ids.begin(), end_of_text_);
    result.scored = 1;
  }
  // A tokenizer may merge all of the continuation into the context's last token.
  result.scored = std::min(result.scored, result.ids.size() - 1);
  // The last token is predicted and not read.
  const int64_t excess = std::ssize(result.ids) - 1 - longest_;
  if (excess > 0) {
    if (static_cast<size_t>(excess) >= result.scored)
      throw Error(ErrorKind::kInput, "a continuation of " +
                                         std::to_string(result.ids.size() - result.scored) +
                                         " tokens is longer than the " + std::to_string(longest_) +
                                         " that the model reads");
    result.ids.erase(result.ids.begin(), result.ids.begin() + excess);
    result.scored -= static_cast<size_t>(excess);
  }
  return result;
}

}  // namespace lmos::evaluate
