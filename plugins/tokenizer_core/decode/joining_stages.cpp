#include "tokenizer_core/decode/joining_stages.h"

#include "tokenizer_core/text/pattern.h"

namespace lmos::tokenizer {

void FuseStage::push(Fragment fragment) {
  next_.push({fragment.text, !begun_, false});
  begun_ = true;
}

void FuseStage::finish() {
  next_.push({"", !begun_, true});
  next_.finish();
}

void SpaceBetweenStage::push(Fragment fragment) {
  if (fragment.begins_token && begun_) next_.push({" ", true, true});
  begun_ = true;
  next_.push(fragment);
}

void WordSuffixStage::push(Fragment fragment) {
  if (fragment.begins_token && has_token_) flush(" ");
  has_token_ = true;
  token_.append(fragment.text);
}

void WordSuffixStage::flush(std::string_view replacement) {
  const std::string text =
      suffix_.empty() ? token_ : Pattern::literal(suffix_).replace(token_, replacement);
  token_.clear();
  next_.push({text, true, true});
}

void WordSuffixStage::finish() {
  if (has_token_) flush("");
  next_.finish();
}

}  // namespace lmos::tokenizer
