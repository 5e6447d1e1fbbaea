#include "tokenizer_core/normalize/sentencepiece_normalizer.h"

#include <algorithm>
#include <string>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581

}  // namespace

SentencePieceNormalizer::SentencePieceNormalizer(const JsonCursor& json,
                                                 std::unique_ptr<const Charsmap> charsmap)
    : add_dummy_prefix_(json.boolean_or("add_dummy_prefix", true)),
      remove_extra_whitespaces_(json.boolean_or("remove_extra_whitespaces", true)),
      escape_whitespaces_(json.boolean_or("escape_whitespaces", true)),
      space_is_suffix_(json.boolean_or("space_is_suffix", false)),
      space_(escape_whitespaces_ ? kSpaceSymbol : " "),
      charsmap_(std::move(charsmap)) {
  const std::optional<JsonCursor> texts = json.find("user_defined");
  for (size_t i = 0; texts && i < texts->size(); ++i) {
    const std::string_view text = (*texts)[i].string();
    if (text.empty()) (*texts)[i].fail("a user-defined piece is empty");
    user_defined_.add(text, static_cast<uint32_t>(i));
  }
}

// How many bytes at the beginning stay as they are and hold no space, seen at a glance.
size_t SentencePieceNormalizer::plain_bytes(std::string_view text) const {
  if (!user_defined_.empty()) return 0;
  return charsmap_ ? charsmap_->plain_bytes(text) : std::min(text.find(' '), text.size());
}

SentencePieceNormalizer::Prefix SentencePieceNormalizer::normalize_prefix(
    std::string_view text) const {
  if (const size_t bytes = user_defined_.longest_prefix(text))
    return {bytes, text.substr(0, bytes), false};
  if (charsmap_) {
    if (const std::optional<Charsmap::Match> match = charsmap_->longest(text))
      return {match->bytes, match->by, true};
  }
  const size_t bytes = character_bytes(text[0]);
  return {bytes, text.substr(0, bytes), false};
}

void SentencePieceNormalizer::apply(AlignedText& text) const {
  if (rewrite(text) && (remove_extra_whitespaces_ || space_is_suffix_)) end_in_one_space(text);
}

bool SentencePieceNormalizer::rewrite(AlignedText& text) const {
  AlignedText::Rewriter rewriter(text);
  while (remove_extra_whitespaces_ && !rewriter.rest().empty()) {
    const Prefix prefix = normalize_prefix(rewriter.rest());
    if (prefix.by != " ") break;
    rewriter.drop(prefix.bytes);
  }
  if (rewriter.rest().empty()) {
    rewriter.finish();
    return false;
  }
  if (add_dummy_prefix_ && !space_is_suffix_) rewriter.prepend(space_);

  bool after_space = remove_extra_whitespaces_;
  std::string escaped;
  while (!rewriter.rest().empty()) {
    if (const size_t bytes = plain_bytes(rewriter.rest())) {
      rewriter.keep(bytes);
      after_space = false;
      continue;
    }
    const Prefix prefix = normalize_prefix(rewriter.rest());
    std::string_view by = prefix.by;
    while (after_space && by.starts_with(' ')) by.remove_prefix(1);
    if (!by.empty()) after_space = remove_extra_whitespaces_ && by.ends_with(' ');
    const bool has_space = by.find(' ') != by.npos;
    if (!prefix.changed && by.size() == prefix.bytes && !(has_space && escape_whitespaces_)) {
      rewriter.keep(prefix.bytes);
    } else if (by.empty()) {
      rewriter.drop(prefix.bytes);
    } else if (!has_space || !escape_whitespaces_) {
      rewriter.replace(prefix.bytes, by);
    } else {
      escaped.clear();
      for (const char byte : by) {
        if (byte == ' ') {
          escaped.append(kSpaceSymbol);
        } else {
          escaped.push_back(byte);
        }
      }
      rewriter.replace(prefix.bytes, escaped);
    }
  }
  rewriter.finish();
  return true;
}

// At the end, spaces that are too many go, and the one that words end in is added.
void SentencePieceNormalizer::end_in_one_space(AlignedText& text) const {
  size_t end = text.text().size();
  while (remove_extra_whitespaces_ &&
         std::string_view(text.text()).substr(0, end).ends_with(space_))
    end -= space_.size();
  const bool adds = space_is_suffix_ && add_dummy_prefix_;
  if (end == text.text().size() && !adds) return;
  AlignedText::Rewriter rewriter(text);
  rewriter.keep(end);
  if (adds) rewriter.insert(space_);
  rewriter.drop(rewriter.rest().size());
  rewriter.finish();
}

}  // namespace lmos::tokenizer
