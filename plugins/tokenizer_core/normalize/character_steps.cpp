#include "tokenizer_core/normalize/character_steps.h"

#include <string>

#include "tokenizer_core/text/byte_alphabet.h"
#include "tokenizer_core/text/unicode.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

// Calls step(rewriter, character, bytes) for each character; the step consumes it.
template <typename Step>
void for_each_character(AlignedText& text, Step&& step) {
  AlignedText::Rewriter rewriter(text);
  while (!rewriter.rest().empty()) {
    size_t bytes = 0;
    const char32_t character = next_character(rewriter.rest(), bytes);
    step(rewriter, character, bytes);
  }
  rewriter.finish();
}

template <typename Goes>
void remove_if(AlignedText& text, Goes&& goes) {
  for_each_character(text, [&](AlignedText::Rewriter& rewriter, char32_t character, size_t bytes) {
    if (goes(character)) {
      rewriter.drop(bytes);
    } else {
      rewriter.keep(bytes);
    }
  });
}

// As the original BERT's code has it, its odd third range of extension E included.
bool is_ideograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void clean_like_bert(AlignedText& text) {
  for_each_character(text, [](AlignedText::Rewriter& rewriter, char32_t character, size_t bytes) {
    constexpr char32_t kReplacement = 0xFFFD;
    const bool is_blank = character == '\t' || character == '\n' || character == '\r';
    if (character == 0 || character == kReplacement || (!is_blank && is_other(character)))
      return rewriter.drop(bytes);
    if (is_white_space(character)) return rewriter.replace(bytes, " ");
    rewriter.keep(bytes);
  });
}

void put_spaces_around_ideographs(AlignedText& text) {
  std::string spaced;
  for_each_character(text, [&](AlignedText::Rewriter& rewriter, char32_t character, size_t bytes) {
    if (!is_ideograph(character)) return rewriter.keep(bytes);
    spaced.assign(" ").append(rewriter.rest().substr(0, bytes)).append(" ");
    rewriter.replace(bytes, spaced);
  });
}

}  // namespace

void lowercase(AlignedText& text) {
  std::string lower;
  for_each_character(text, [&](AlignedText::Rewriter& rewriter, char32_t character, size_t bytes) {
    lower.clear();
    append_lowercase(lower, character);
    rewriter.replace(bytes, lower);
  });
}

void strip(AlignedText& text, bool left, bool right) {
  const std::string_view whole = text.text();
  size_t begin = 0, end = whole.size();
  for (size_t next = 0; left && next < end; begin = next) {
    if (!is_white_space(next_character(whole, next))) break;
  }
  while (right && end > begin) {
    const char32_t last = last_character(whole.substr(begin, end - begin));
    if (!is_white_space(last)) break;
    end -= encoded_bytes(last);
  }
  AlignedText::Rewriter rewriter(text);
  rewriter.drop(begin);
  rewriter.keep(end - begin);
  rewriter.drop(rewriter.rest().size());
  rewriter.finish();
}

void strip_accents(AlignedText& text) { remove_if(text, is_combining_mark); }

void clean_like_nmt(AlignedText& text) {
  for_each_character(text, [](AlignedText::Rewriter& rewriter, char32_t c, size_t bytes) {
    const bool is_control = (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) ||
                            c == 0x7F || c == 0x8F || c == 0x9F;
    if (is_control) return rewriter.drop(bytes);
    const bool is_space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                          (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
                          c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    if (is_space) return rewriter.replace(bytes, " ");
    rewriter.keep(bytes);
  });
}

void to_byte_characters(AlignedText& text) {
  std::string characters;
  for_each_character(text, [&](AlignedText::Rewriter& rewriter, char32_t, size_t bytes) {
    characters.clear();
    append_byte_characters(characters, rewriter.rest().substr(0, bytes));
    rewriter.replace(bytes, characters);
  });
}

void normalize_like_bert(AlignedText& text, const BertNormalization& options) {
  if (options.clean_text) clean_like_bert(text);
  if (options.handle_chinese_chars) put_spaces_around_ideographs(text);
  if (options.strip_accents) {
    to_normal_form(text, NormalForm::kNfd);
    remove_if(text, is_nonspacing_mark);
  }
  if (options.lowercase) lowercase(text);
}

}  // namespace lmos::tokenizer
