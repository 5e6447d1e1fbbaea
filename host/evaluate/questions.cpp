#include "evaluate/questions.h"

#include <algorithm>
#include <cmath>

#include "evaluate/continuation_scorer.h"
#include "evaluate/pair_encoder.h"
#include "formats/utf8.h"
#include "metrics/mean.h"

namespace lmos::evaluate {
namespace {

using Scores = std::span<const ContinuationScore>;

Metric metric(std::string name, const metrics::Mean& mean) {
  return {std::move(name), mean.value(), mean.standard_error()};
}

// Whether choice `label` has the highest value, which `value_of(choice)` gives.
template <class ValueOf>
bool chooses(const Question& question, const ValueOf& value_of) {
  size_t best = 0;
  for (size_t i = 1; i < question.choices.size(); ++i)
    if (value_of(i) > value_of(best)) best = i;
  return static_cast<int64_t>(best) == question.label;
}

// `scores`: of each question the choices, and then, if `unconditional`, the choices alone.
std::vector<Metric> compare_choices(std::span<const Question> questions, Scores scores,
                                    bool unconditional) {
  metrics::Mean accuracy, by_character, by_information;
  size_t first = 0;
  for (const Question& question : questions) {
    const size_t count = question.choices.size();
    const auto likelihood = [&](size_t i) { return scores[first + i].logprob; };
    const auto per_character = [&](size_t i) {
      return likelihood(i) / static_cast<double>(count_characters(question.choices[i]));
    };
    accuracy.add(chooses(question, likelihood));
    by_character.add(chooses(question, per_character));
    if (unconditional)
      by_information.add(chooses(
          question, [&](size_t i) { return likelihood(i) - scores[first + count + i].logprob; }));
    first += unconditional ? 2 * count : count;
  }
  std::vector<Metric> result = {metric("acc", accuracy), metric("acc_norm", by_character)};
  if (unconditional) result.push_back(metric("acc_mutual_info", by_information));
  return result;
}

std::vector<Metric> match_answers(Scores scores) {
  metrics::Mean accuracy, surprise;
  for (const ContinuationScore& score : scores) {
    accuracy.add(score.greedy);
    surprise.add(-score.logprob);
  }
  // By the delta method: d e^x = e^x dx.
  const double perplexity = std::exp(surprise.value());
  return {metric("acc", accuracy),
          {"perplexity", perplexity, perplexity * surprise.standard_error()}};
}

std::vector<Continuation> encode(const PairEncoder& encoder, std::span<const Question> questions,
                                 const QuestionOptions& options) {
  std::vector<Continuation> continuations;
  for (const Question& question : questions) {
    if (question.choices.empty())
      continuations.push_back(
          encoder.encode(question.context, options.delimiter + question.answer));
    for (const std::string& choice : question.choices)
      continuations.push_back(encoder.encode(question.context, options.delimiter + choice));
    if (!options.unconditional) continue;
    for (const std::string& choice : question.choices)
      continuations.push_back(encoder.encode("", options.delimiter + choice));
  }
  return continuations;
}

}  // namespace

std::vector<Metric> answer_questions(infer::TextModel& model, runtime::ThreadPool& threads,
                                     std::span<const Question> questions,
                                     const QuestionOptions& options,
                                     const std::function<bool(uint64_t, uint64_t)>& progress) {
  const int32_t end_of_text = model.end_ids().empty() ? -1 : model.end_ids().front();
  const PairEncoder encoder(model.tokenizer(), model.context(), end_of_text);
  const auto continuations = encode(encoder, questions, options);
  size_t longest = 2;
  for (const Continuation& continuation : continuations)
    longest = std::max(longest, continuation.ids.size());
  const auto scores =
      score(model.prepare(scoring_cache(continuations.size(), longest)), threads, continuations,
            [&](size_t done) { return progress(done, continuations.size()); });
  if (scores.empty()) return {};
  if (questions.front().choices.empty()) return match_answers(scores);
  return compare_choices(questions, scores, options.unconditional);
}

}  // namespace lmos::evaluate
