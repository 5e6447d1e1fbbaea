#include <algorithm>
#include <cmath>
#include <optional>

#include "formats/utf8.h"
#include "metrics/answer_overlap.h"
#include "metrics/mean.h"
#include "tasks/answer_span.h"
#include "tasks/kinds.h"
#include "tasks/record_task.h"
#include "tasks/special_tokens.h"

namespace lmos::tasks {
namespace {

// A question with its context, and where its rows are.
struct Question {
  Json answer;  // its beginning
  std::string context;
  bool judged = false;  // it has answers, or a list without any
  std::vector<std::string> truths;
  size_t rows = 0;  // of all examples, so many follow each other
};

// The tokens of a row that are of the context: token first + i covers bytes offsets[i].
struct ContextTokens {
  size_t first = 0;
  std::vector<lmos_text_range> offsets;
  bool begins_question = false;  // the row is its question's first
};

struct Questions {
  std::vector<Question> questions;
  // By row:
  std::vector<size_t> question_of;
  std::vector<ContextTokens> tokens;
};

class QuestionBatches : public ExampleBatches {
 public:
  QuestionBatches(std::vector<Example> examples, const Reading& reading, int32_t padding,
                  std::vector<data::Symbols> shapes, Questions questions)
      : ExampleBatches(std::move(examples),
                       {.ends = {{"start_labels", "loss.start"}, {"end_labels", "loss.end"}}},
                       reading, padding, std::move(shapes)),
        questions_(std::move(questions)) {}
  const Questions& questions() const { return questions_; }

 private:
  Questions questions_;
};

class AnswerScores : public Scores {
 public:
  AnswerScores(const QuestionBatches& batches, const TaskSection& task)
      : batches_(batches), task_(task) {}

  void add(const data::Batch& batch, const Predictions& outputs) override {
    const std::span<const float> starts = outputs.find("start_logits")->second;
    const std::span<const float> ends = outputs.find("end_logits")->second;
    const size_t sequence = starts.size() / batch.inputs.find("start_labels")->second.size();
    const Questions& all = batches_.questions();
    for (size_t row = 0; row < batch.examples.size(); ++row) {
      const size_t example = batch.examples[row];
      const ContextTokens& tokens = all.tokens[example];
      if (tokens.begins_question) best_ = {}, null_score_ = INFINITY, rows_ = 0;
      const auto start = starts.subspan(row * sequence, sequence),
                 end = ends.subspan(row * sequence, sequence);
      const auto span = best_span(start.subspan(tokens.first, tokens.offsets.size()),
                                  end.subspan(tokens.first, tokens.offsets.size()),
                                  static_cast<size_t>(task_.answer_tokens));
      if (span && (!best_ || span->score > best_->score)) {
        best_ = span;
        begin_ = tokens.offsets[span->begin].begin;
        end_ = tokens.offsets[span->end - 1].end;
      }
      null_score_ = std::min(null_score_, start[0] + end[0]);
      const Question& question = all.questions[all.question_of[example]];
      if (++rows_ == question.rows) judge(question);
    }
  }

  std::vector<Metric> results(const Losses&) const override {
    if (exact_.count() == 0) return {};
    return {{"exact_match", exact_.value()},
            {"f1", f1_.value()},
            {"questions", static_cast<double>(exact_.count())}};
  }
  std::vector<Json> answers() override { return std::move(answers_); }

 private:
  void judge(const Question& question) {
    const bool none = !best_ || (task_.unanswerable && null_score_ > best_->score);
    const std::string text = none ? "" : question.context.substr(begin_, end_ - begin_);
    if (question.judged) {
      const metrics::AnswerOverlap overlap = metrics::answer_overlap(text, question.truths);
      exact_.add(overlap.exact);
      f1_.add(overlap.f1);
    }
    if (!batches_.reading().answers) return;
    Json answer = question.answer;
    answer.set("answer", text);
    if (!none) {
      answer.set("begin", static_cast<int64_t>(count_characters(
                              std::string_view(question.context).substr(0, begin_))));
      answer.set("score", static_cast<double>(best_->score));
    }
    answers_.push_back(std::move(answer));
  }

  const QuestionBatches& batches_;
  const TaskSection& task_;
  // Of the question whose rows are being read:
  std::optional<TokenSpan> best_;
  uint64_t begin_ = 0, end_ = 0;  // bytes of its context
  float null_score_ = 0;
  size_t rows_ = 0;
  metrics::Mean exact_, f1_;
  std::vector<Json> answers_;
};

// Bytes [begin, end) of the context.
using Answer = lmos_text_range;

// Where characters [begin, begin + characters of `text`) are, if that is what stands there.
std::optional<Answer> find_answer(const std::string& context, int64_t begin,
                                  const std::string& text) {
  size_t byte = 0;
  for (int64_t character = 0; character < begin; ++character) {
    if (byte >= context.size()) return std::nullopt;
    ++byte;
    while (byte < context.size() && (context[byte] & 0xc0) == 0x80) ++byte;
  }
  if (context.compare(byte, text.size(), text) != 0) return std::nullopt;
  return Answer{byte, byte + text.size()};
}

class QuestionAnswering : public Task {
 public:
  explicit QuestionAnswering(const Pipeline& pipeline)
      : dataset_(*pipeline.dataset), task_(pipeline.task) {}

  std::string model_task() const override { return "question_answering"; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    return example_shapes(rows, dataset_.sequence);
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const auto dataset = open_records(sources, dataset_, split);
    if (!dataset) return nullptr;
    std::vector<Example> rows;
    Questions questions;
    components::Record record;
    while (dataset->next_record(record)) {
      const std::optional<Answer> answer = read(record, reading.answers, questions);
      add_rows(sources.tokenizer, record, answer, questions, rows);
    }
    return std::make_unique<QuestionBatches>(std::move(rows), reading,
                                             special_tokens(sources.tokenizer).padding,
                                             shapes(reading.rows), std::move(questions));
  }

  std::unique_ptr<Scores> scores(const data::Batches& batches) const override {
    return std::make_unique<AnswerScores>(dynamic_cast<const QuestionBatches&>(batches), task_);
  }

 private:
  // Adds the question; its first answer, to be learned.
  std::optional<Answer> read(const components::Record& record, bool unlabelled,
                             Questions& questions) const {
    Question question{.answer = begin_answer(record), .context = record.text(task_.context)};
    std::optional<Answer> first;
    const ConfigTree* answers = record.find(task_.answers);
    if (answers == nullptr && !unlabelled) record.fail("there is no field `" + task_.answers + "`");
    if (answers != nullptr) {
      question.judged = true;
      for (const auto& [text, begin] : listed(record, *answers)) {
        const std::optional<Answer> place = find_answer(question.context, begin, text);
        if (!place)
          record.fail("the answer `" + text + "` is not at character " + std::to_string(begin) +
                      " of `" + task_.context + "`");
        if (!first) first = place;
        question.truths.push_back(text);
      }
      if (question.truths.empty() && !task_.unanswerable)
        record.fail("the question has no answer; task.unanswerable allows that");
    }
    questions.questions.push_back(std::move(question));
    return first;
  }

  // As SQuAD has them, [{text, answer_start}], and as transformers' data sets do,
  // {text: […], answer_start: […]}.
  std::vector<std::pair<std::string, int64_t>> listed(const components::Record& record,
                                                      const ConfigTree& answers) const {
    const auto refuse = [&] {
      record.fail(
          "`" + task_.answers +
          "` must be a list of {text, answer_start}, or {text: [...], answer_start: [...]}");
    };
    const auto check = [&](const ConfigTree* text, const ConfigTree* begin) {
      if (text == nullptr || begin == nullptr || text->kind() != ConfigKind::kString ||
          begin->kind() != ConfigKind::kInt || text->as_string().empty() || begin->as_int() < 0)
        refuse();
    };
    std::vector<std::pair<std::string, int64_t>> all;
    if (answers.is_list()) {
      for (const ConfigTree& answer : answers.items()) {
        const ConfigTree *text = answer.find("text"), *begin = answer.find("answer_start");
        check(text, begin);
        all.emplace_back(text->as_string(), begin->as_int());
      }
      return all;
    }
    const ConfigTree *texts = answers.find("text"), *begins = answers.find("answer_start");
    if (texts == nullptr || begins == nullptr || !texts->is_list() || !begins->is_list() ||
        texts->items().size() != begins->items().size())
      refuse();
    for (size_t i = 0; i < texts->items().size(); ++i) {
      check(&texts->items()[i], &begins->items()[i]);
      all.emplace_back(texts->items()[i].as_string(), begins->items()[i].as_int());
    }
    return all;
  }

  // A row for each window over the context. A window without the whole answer has [CLS] for one.
  void add_rows(const components::Tokenizer& tokenizer, const components::Record& record,
                const std::optional<Answer>& answer, Questions& questions,
                std::vector<Example>& rows) const {
    Question& question = questions.questions.back();
    components::EncodeOptions options;
    options.max_length = static_cast<uint64_t>(dataset_.sequence);
    options.overflow = true;
    options.stride = static_cast<uint64_t>(task_.stride);
    options.strategy = LMOS_TRUNCATE_ONLY_SECOND;
    const std::string asked = record.text(task_.question);
    for (components::Encoding& window :
         tokenizer.encode_texts(asked, std::string_view(question.context), options)) {
      ContextTokens tokens{.begins_question = question.rows == 0};
      for (size_t i = 0; i < window.size(); ++i) {
        if (window.texts[i] != 1 || window.special[i] != 0) continue;
        if (tokens.offsets.empty()) tokens.first = i;
        tokens.offsets.push_back(window.byte_offsets[i]);
      }
      Example example{std::move(window.ids), std::move(window.type_ids), {}};
      if (question.judged) {
        example.labels = labels_of(tokens, answer);
      } else {
        example.labels.assign(2, data::kIgnoredLabel);
      }
      rows.push_back(std::move(example));
      questions.tokens.push_back(std::move(tokens));
      questions.question_of.push_back(questions.questions.size() - 1);
      ++question.rows;
    }
  }

  static std::vector<int32_t> labels_of(const ContextTokens& tokens,
                                        const std::optional<Answer>& answer) {
    if (!answer || tokens.offsets.empty() || tokens.offsets.front().begin > answer->begin ||
        tokens.offsets.back().end < answer->end)
      return {0, 0};
    size_t begin = 0, last = tokens.offsets.size() - 1;
    while (begin + 1 < tokens.offsets.size() && tokens.offsets[begin + 1].begin <= answer->begin)
      ++begin;
    while (last > begin && tokens.offsets[last - 1].end >= answer->end) --last;
    return {static_cast<int32_t>(tokens.first + begin), static_cast<int32_t>(tokens.first + last)};
  }

  DatasetSection dataset_;
  TaskSection task_;
};

}  // namespace

std::unique_ptr<Task> question_answering(const Pipeline& pipeline) {
  return std::make_unique<QuestionAnswering>(pipeline);
}

}  // namespace lmos::tasks
