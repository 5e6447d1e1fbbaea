// How near a predicted answer is to true ones, by the rules of SQuAD's evaluation (Rajpurkar et al.
// 2016, 2018).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::metrics {

// The words of an answer (UTF-8) that are compared: in small letters, without ASCII punctuation and
// without a, an and the.
std::vector<std::string> answer_words(std::string_view answer);

struct AnswerOverlap {
  double exact = 0;  // 1: the same words in the same order
  double f1 = 0;     // of the words, as often as they occur; of answers without words, `exact`
};

// With the nearest of the true answers, for each figure its own; without any, with "".
AnswerOverlap answer_overlap(std::string_view predicted, std::span<const std::string> truths);

}  // namespace lmos::metrics
