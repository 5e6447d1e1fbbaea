#include "metrics/answer_overlap.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <map>

#include "metrics/characters.h"

namespace lmos::metrics {
namespace {

bool is_ascii_punctuation(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  return c < 0x80 && u_isgraph(c) && !u_isalnum(c);
}

bool is_word_character(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  const int8_t type = u_charType(c);
  return u_isalnum(c) || c == '_' || type == U_LETTER_NUMBER || type == U_OTHER_NUMBER;
}

bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

AnswerOverlap overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  AnswerOverlap result;
  result.exact = a == b ? 1 : 0;
  result.f1 = result.exact;
  if (a.empty() || b.empty()) return result;
  std::map<std::string_view, int64_t> left;
  for (const std::string& word : a) ++left[word];
  int64_t common = 0;
  for (const std::string& word : b) common += left[word]-- > 0 ? 1 : 0;
  result.f1 = 2.0 * static_cast<double>(common) / static_cast<double>(a.size() + b.size());
  return result;
}

}  // namespace

// Articles are words between any characters that no words are made of: "the—end" holds one.
std::vector<std::string> answer_words(std::string_view answer) {
  std::u32string kept = code_points(small_letters(answer));
  std::erase_if(kept, is_ascii_punctuation);

  std::vector<std::string> words;
  std::string word, run;  // a run of word characters is a part of a word
  const auto end_run = [&] {
    if (is_article(run)) {
      run.clear();
      // What stands in its place is a space.
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    }
    word += run;
    run.clear();
  };
  for (const char32_t c : kept) {
    if (is_word_character(c)) {
      append_utf8(run, c);
      continue;
    }
    end_run();
    if (!is_space(c)) {
      append_utf8(word, c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  end_run();
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

AnswerOverlap answer_overlap(std::string_view predicted, std::span<const std::string> truths) {
  const std::vector<std::string> words = answer_words(predicted);
  if (truths.empty()) return overlap(words, {});
  AnswerOverlap best;
  for (const std::string& truth : truths) {
    const AnswerOverlap one = overlap(words, answer_words(truth));
    best.exact = std::max(best.exact, one.exact);
    best.f1 = std::max(best.f1, one.f1);
  }
  return best;
}

}  // namespace lmos::metrics
