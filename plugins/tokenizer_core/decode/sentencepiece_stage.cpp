#include "tokenizer_core/decode/sentencepiece_stage.h"

#include "tokenizer_core/formats/byte_piece.h"
#include "tokenizer_core/normalize/sentencepiece_normalizer.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581

}  // namespace

SentencePieceDecoding::SentencePieceDecoding(const JsonCursor& json)
    : strips_until_text(json.boolean_or("remove_extra_whitespaces", true)),
      byte_fallback(json.boolean_or("byte_fallback", false)),
      unknown(json.string_or("unknown", "<unk>")),
      unknown_surface(json.string_or("unknown_surface", " \xE2\x81\x87 ")) {
  strips_first_space = strips_until_text || json.boolean_or("add_dummy_prefix", true);
  const std::optional<JsonCursor> texts = json.find("control");
  for (size_t i = 0; texts && i < texts->size(); ++i) control.emplace((*texts)[i].string());
  if (const std::optional<JsonCursor> options = json.find("denormalizer")) {
    denormalizer = std::make_unique<SentencePieceNormalizer>(
        *options, std::make_unique<const Charsmap>(read_charsmap(*options)));
  }
}

void SentencePieceStage::hand_on(std::string_view text) {
  if (text.empty()) return;
  begins_ = false;
  if (settings_->denormalizer) {
    denormal_.append(text);
  } else {
    next_.push({text, true, true});
  }
}

// Whole characters; a byte that belongs to none becomes U+FFFD. Unless `all`, what may yet become a
// character is kept back.
void SentencePieceStage::hand_on_bytes(bool all) {
  text_.clear();
  size_t begin = 0;
  while (begin < bytes_.size()) {
    const std::string_view rest = std::string_view(bytes_).substr(begin);
    size_t length = 1;
    while (length < 4 && length < rest.size() && find_invalid_utf8(rest.substr(0, length)) == 0)
      ++length;
    if (find_invalid_utf8(rest.substr(0, length)) == rest.npos) {
      text_.append(rest.substr(0, length));
      begin += length;
    } else if (!all && rest.size() < 4) {
      break;
    } else {
      text_.append(kReplacementCharacter);
      ++begin;
    }
  }
  bytes_.erase(0, begin);
  hand_on(text_);
}

void SentencePieceStage::push(Fragment fragment) {
  if (settings_->byte_fallback) {
    if (const std::optional<uint8_t> byte = byte_of_piece(fragment.text)) {
      bytes_.push_back(static_cast<char>(*byte));
      return hand_on_bytes(false);
    }
    hand_on_bytes(true);
  }
  piece(fragment.text);
}

void SentencePieceStage::piece(std::string_view text) {
  if (stripped_first_) begins_ = false;
  stripped_first_ = false;
  if (settings_->control.contains(std::string(text))) return;
  if (text == settings_->unknown) return hand_on(settings_->unknown_surface);
  if (begins_ && settings_->strips_first_space && text.starts_with(kSpaceSymbol)) {
    text.remove_prefix(kSpaceSymbol.size());
    stripped_first_ = !settings_->strips_until_text;
  }
  text_.clear();
  for (size_t begin = 0; begin < text.size();) {
    const size_t space = std::min(text.find(kSpaceSymbol, begin), text.size());
    text_.append(text, begin, space - begin);
    if (space < text.size()) text_.push_back(' ');
    begin = space + kSpaceSymbol.size();
  }
  hand_on(text_);
}

void SentencePieceStage::finish() {
  hand_on_bytes(true);
  if (!denormal_.empty()) {
    AlignedText text({.text = denormal_});
    settings_->denormalizer->apply(text);
    next_.push({text.text(), true, true});
  }
  next_.finish();
}

}  // namespace lmos::tokenizer
