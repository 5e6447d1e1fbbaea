#include "tokenizer_core/decode/word_stages.h"

#include <utility>

namespace lmos::tokenizer {
namespace {

void replace_all(std::string& text, std::string_view old_part, std::string_view new_part) {
  if (old_part.empty() || text.find(old_part) == std::string::npos) return;
  std::string replaced;
  size_t done = 0;
  for (size_t at = 0; (at = text.find(old_part, done)) != std::string::npos;) {
    replaced.append(text, done, at - done).append(new_part);
    done = at + old_part.size();
  }
  replaced.append(text, done);
  text.swap(replaced);
}

void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kEdits[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [old_part, new_part] : kEdits) replace_all(text, old_part, new_part);
}

}  // namespace

void WholeTokenStage::push(Fragment fragment) {
  token_.append(fragment.text);
  if (!fragment.ends_token) return;
  const std::string text = decode(token_);
  token_.clear();
  next_.push({text, true, true});
}

std::string WordPieceStage::decode(std::string_view token) {
  std::string text;
  if (begun_ && token.starts_with(prefix_)) {
    text = token.substr(prefix_.size());
  } else {
    if (begun_) text = " ";
    text.append(token);
  }
  begun_ = true;
  if (cleanup_) clean_up(text);
  return text;
}

std::string CtcStage::decode(std::string_view token) {
  const bool is_repeated = begun_ && token == previous_;
  begun_ = true;
  if (is_repeated) return {};
  previous_ = token;
  std::string text(token);
  replace_all(text, options_.pad_token, "");
  if (options_.cleanup) {
    clean_up(text);
    replace_all(text, options_.word_delimiter_token, " ");
  }
  return text;
}

}  // namespace lmos::tokenizer
