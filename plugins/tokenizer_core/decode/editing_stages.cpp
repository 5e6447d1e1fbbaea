#include "tokenizer_core/decode/editing_stages.h"

#include <algorithm>

namespace lmos::tokenizer {

// The longest end of `text` that is a beginning of the pattern. `text` contains no whole match.
size_t ReplaceStage::bytes_to_keep_back(std::string_view text) const {
  const std::string* literal = pattern_.literal_text();
  if (literal == nullptr) return text.size();
  size_t kept = std::min(text.size(), literal->size() - 1);
  while (kept > 0 && !literal->starts_with(text.substr(text.size() - kept))) --kept;
  return kept;
}

void ReplaceStage::push(Fragment fragment) {
  const bool begins = !token_begun_;
  if (begins && fragment.ends_token) {
    const std::string replaced = pattern_.replace(fragment.text, content_);
    return next_.push({replaced, true, true});
  }
  kept_.append(fragment.text);
  size_t done = 0;
  std::string text;
  if (fragment.ends_token || pattern_.literal_text() != nullptr) {
    pattern_.for_each_match(kept_, [&](Match match) {
      text.append(kept_, done, match.begin - done).append(content_);
      done = match.end;
    });
  }
  const std::string_view rest = std::string_view(kept_).substr(done);
  const size_t keep = fragment.ends_token ? 0 : bytes_to_keep_back(rest);
  text.append(rest.substr(0, rest.size() - keep));
  kept_.erase(0, kept_.size() - keep);
  next_.push({text, begins, fragment.ends_token});
  token_begun_ = !fragment.ends_token;
}

void StripStage::push(Fragment fragment) {
  const bool begins = !token_begun_;
  if (begins) start_left_ = start_;
  std::string_view rest = fragment.text;
  while (start_left_ > 0 && rest.starts_with(content_)) {
    rest.remove_prefix(content_.size());
    --start_left_;
  }
  if (!rest.empty()) start_left_ = 0;

  text_.clear();
  uint64_t run = 0;
  for (std::string_view end = rest; run < stop_ && end.ends_with(content_); ++run)
    end.remove_suffix(content_.size());
  const std::string_view body = rest.substr(0, rest.size() - run * content_.size());
  // What was kept back comes out where it turns out not to be at the end, or too long.
  const uint64_t kept = body.empty() ? std::min(trailing_, stop_ - run) : 0;
  for (; trailing_ > kept; --trailing_) text_.append(content_);
  text_.append(body);
  trailing_ += run;
  if (fragment.ends_token) trailing_ = 0;
  next_.push({text_, begins, fragment.ends_token});
  token_begun_ = !fragment.ends_token;
}

void MetaspaceStage::push(Fragment fragment) {
  const std::string text = pattern_.replace(fragment.text, in_first_ && removes_first_ ? "" : " ");
  in_first_ = in_first_ && !fragment.ends_token;
  next_.push({text, fragment.begins_token, fragment.ends_token});
}

}  // namespace lmos::tokenizer
