#include "tokenizer_core/decode/byte_stages.h"

#include <charconv>

#include "tokenizer_core/text/byte_alphabet.h"

namespace lmos::tokenizer {

void ByteLevelStage::push(Fragment fragment) {
  if (!fragment.begins_token || !fragment.ends_token) {
    token_.append(fragment.text);
    if (!fragment.ends_token) return;
    fragment.text = token_;
  }
  bytes_.clear();
  if (!append_bytes_of_characters(bytes_, fragment.text)) bytes_ = fragment.text;
  token_.clear();
  text_.clear();
  utf8_.push(bytes_, text_);
  if (!text_.empty()) hand_on(false);
}

void ByteLevelStage::hand_on(bool ends_token) {
  next_.push({text_, !begun_, ends_token});
  begun_ = true;
}

void ByteLevelStage::finish() {
  text_.clear();
  utf8_.finish(text_);
  hand_on(true);
  next_.finish();
}

namespace {

constexpr size_t kByteTokenBytes = 6;  // <0xE4>

bool append_byte_of_token(std::string& bytes, std::string_view token) {
  if (token.size() != kByteTokenBytes || !token.starts_with("<0x") || token.back() != '>')
    return false;
  uint8_t byte = 0;
  const char* end = token.data() + 5;
  const auto [stop, error] = std::from_chars(token.data() + 3, end, byte, 16);
  if (error != std::errc() || stop != end) return false;
  bytes.push_back(static_cast<char>(byte));
  return true;
}

}  // namespace

void ByteFallbackStage::token(std::string_view text) {
  if (append_byte_of_token(run_, text)) return;
  flush();
  next_.push({text, true, true});
}

void ByteFallbackStage::flush() {
  if (run_.empty()) return;
  const bool valid = find_invalid_utf8(run_) == std::string_view::npos;
  if (valid) next_.push({run_, true, true});
  for (size_t i = 0; !valid && i < run_.size(); ++i)
    next_.push({kReplacementCharacter, true, true});
  run_.clear();
}

void ByteFallbackStage::push(Fragment fragment) {
  if (fragment.begins_token && fragment.ends_token) return token(fragment.text);
  token_.append(fragment.text);
  if (!fragment.ends_token) return;
  token(token_);
  token_.clear();
}

void ByteFallbackStage::finish() {
  flush();
  next_.finish();
}

}  // namespace lmos::tokenizer
