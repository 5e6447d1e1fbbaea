#include "metrics/bleu.h"

#include <cmath>
#include <cstdlib>

#include "metrics/characters.h"
#include "metrics/ngrams.h"

namespace lmos::metrics {
namespace {

// First and last character that `zh` takes for a word. sacrebleu writes the ranges of plane 2 with
// four hexadecimal digits too few, and so compares by U+2001 to U+2A6D instead of U+20000 to
// U+2A6D6: general punctuation, arrows and mathematical operators are words, ideographs of
// extension B are not. Scores are comparable only with the same ranges.
constexpr char32_t kChinese[][2] = {
    {0x3400, 0x4db5}, {0x4e00, 0x9fa5}, {0x9fa6, 0x9fbb}, {0xf900, 0xfa2d}, {0xfa30, 0xfa6a},
    {0xfa70, 0xfad9}, {0x2001, 0x2a6d}, {0xff00, 0xffef}, {0x2e80, 0x2eff}, {0x3000, 0x303f},
    {0x31c0, 0x31ef}, {0x2f00, 0x2fdf}, {0x2ff0, 0x2fff}, {0x3100, 0x312f}, {0x31a0, 0x31bf},
    {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f}, {0x3200, 0x32ff}, {0x3300, 0x33ff}};

bool is_chinese(char32_t c) {
  for (const auto& [first, last] : kChinese)
    if (c >= first && c <= last) return true;
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point(char c) { return c == '.' || c == ','; }

// ASCII punctuation but ' , - and . , and the space.
bool is_symbol(char c) {
  return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// Where two neighbours are as `applies(a, b)` says, `first` stands before them, a space between and
// `last` after them. A byte belongs to one pair at most, as with a regular expression's matches.
template <class Applies>
std::string space_pairs(std::string_view text, std::string_view first, std::string_view last,
                        const Applies& applies) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !applies(text[i], text[i + 1])) {
      result += text[i];
      continue;
    }
    result += first;
    result += text[i];
    result += ' ';
    result += text[++i];
    result += last;
  }
  return result;
}

// The steps follow one another, as each sees the spaces of those before. By bytes: what they look
// for is ASCII.
std::string separate_punctuation(std::string_view text) {
  std::string spaced;
  for (const char c : text) {
    if (is_symbol(c)) spaced += ' ';
    spaced += c;
    if (is_symbol(c)) spaced += ' ';
  }
  spaced = space_pairs(spaced, "", " ", [](char a, char b) { return !is_digit(a) && is_point(b); });
  spaced = space_pairs(spaced, " ", "", [](char a, char b) { return is_point(a) && !is_digit(b); });
  return space_pairs(spaced, "", " ", [](char a, char b) { return is_digit(a) && b == '-'; });
}

std::string prepare_13a(std::string text) {
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  return " " + text + " ";
}

std::string prepare_chinese(std::u32string_view text) {
  std::string result;
  for (const char32_t c : text) {
    if (is_chinese(c)) result += ' ';
    append_utf8(result, c);
    if (is_chinese(c)) result += ' ';
  }
  return result;
}

}  // namespace

std::vector<std::string> bleu_words(std::string_view text, BleuTokenizer tokenizer) {
  std::u32string characters = code_points(text);
  while (!characters.empty() && is_space(characters.back())) characters.pop_back();
  if (tokenizer == BleuTokenizer::kZh) {
    while (!characters.empty() && is_space(characters.front())) characters.erase(0, 1);
    return split_words(separate_punctuation(prepare_chinese(characters)));
  }
  std::string trimmed;
  for (const char32_t c : characters) append_utf8(trimmed, c);
  return split_words(separate_punctuation(prepare_13a(std::move(trimmed))));
}

void Bleu::add(std::string_view prediction, std::span<const std::string> references) {
  const std::vector<std::string> words = bleu_words(prediction, tokenizer_);
  std::vector<std::vector<std::string>> truths;
  for (const std::string& reference : references)
    truths.push_back(bleu_words(reference, tokenizer_));

  const auto length = std::ssize(words);
  int64_t nearest = truths.empty() ? 0 : std::ssize(truths.front());
  for (const auto& truth : truths) {
    const int64_t distance = std::abs(std::ssize(truth) - length);
    const int64_t least = std::abs(nearest - length);
    if (distance < least || (distance == least && std::ssize(truth) < nearest))
      nearest = std::ssize(truth);
  }
  predicted_words_ += length;
  reference_words_ += nearest;

  for (size_t n = 1; n <= kOrders; ++n) {
    Ngrams<std::string> most;  // of each n-gram as many as the reference with most of it has
    for (const auto& truth : truths)
      for (const auto& [ngram, count] : count_ngrams<std::string>(truth, n))
        most[ngram] = std::max(most[ngram], count);
    matches_[n - 1] += count_matches(count_ngrams<std::string>(words, n), most);
    totals_[n - 1] += ngrams_in(words.size(), n);
  }
}

double Bleu::score() const {
  // Without a match of one word there is none of more. Without n-grams in the predictions the mean
  // is one with a 0.
  if (matches_.front() == 0 || totals_.back() == 0) return 0;
  double log_precision = 0, smoothing = 1;
  for (size_t i = 0; i < kOrders; ++i) {
    auto matches = static_cast<double>(matches_[i]);
    if (matches_[i] == 0) matches = 1 / (smoothing *= 2);
    log_precision += std::log(100 * matches / static_cast<double>(totals_[i])) / kOrders;
  }
  double log_brevity = 0;
  if (predicted_words_ < reference_words_)
    log_brevity = 1 - static_cast<double>(reference_words_) / static_cast<double>(predicted_words_);
  return std::exp(log_brevity + log_precision);
}

}  // namespace lmos::metrics
