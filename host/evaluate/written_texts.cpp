#include "evaluate/written_texts.h"

#include <array>

#include "errors/error.h"
#include "formats/json_lines.h"
#include "metrics/answer_overlap.h"
#include "metrics/chrf.h"
#include "metrics/mean.h"
#include "metrics/rouge.h"

namespace lmos::evaluate {
namespace {

[[noreturn]] void refuse_record(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kInput, where + ": " + what);
}

// Fills in the messages and, by the last of them, the reference.
void read_messages(const Json& messages, WrittenText& text) {
  const std::string place = text.where + ": \"messages\"";
  Json::Array before;
  std::string role, content;
  for (const Json& message : messages.as_array(place)) {
    if (!role.empty()) before.push_back(Json::Object{{"role", role}, {"content", content}});
    const std::string one = place + "[" + std::to_string(before.size()) + "]";
    message.as_object(one);
    if (message.find("tool_calls") != nullptr)
      refuse_record(one, "calls of tools can't be evaluated");
    role = message.at("role", one).as_string(one + ": \"role\"");
    if (role.empty()) refuse_record(one, "`role` is empty");
    content = message.at("content", one).as_string(one + ": \"content\"");
  }
  if (role != "assistant")
    refuse_record(place,
                  "there is no answer to compare with: the last message must be of the role "
                  "assistant");
  if (content.empty()) refuse_record(place, "the assistant's answer, the last message, is empty");
  if (before.empty()) refuse_record(place, "there is no message before the assistant's answer");
  text.messages = std::move(before);
  text.references = {content};
}

WrittenText read_conversation(const Json& line, const std::string& where, TextSource source) {
  for (const char* other : {"prompt", "prediction", "references", "tools"})
    if (line.find(other) != nullptr)
      refuse_record(where, std::string("`messages` and `") + other + "` can't be in one record");
  if (source == TextSource::kPrediction)
    refuse_record(where, "`messages` need a model to answer them: give --model and --generate");
  WrittenText text;
  text.where = where;
  read_messages(line.at("messages", where), text);
  return text;
}

WrittenText read_text(const Json& line, const std::string& where, TextSource source) {
  line.as_object(where);
  if (line.find("messages") != nullptr) return read_conversation(line, where, source);
  const Json* prompt = line.find("prompt");
  const Json* prediction = line.find("prediction");
  if (prompt != nullptr && prediction != nullptr)
    refuse_record(where,
                  "a record has either a `prompt` for the model or a `prediction`, not both");
  if (prompt == nullptr && prediction == nullptr)
    refuse_record(where, source == TextSource::kPrompt ? "there is no `prompt` (or `messages`)"
                                                       : "there is no `prediction`");
  WrittenText text;
  text.where = where;
  if (source == TextSource::kPrompt) {
    if (prompt == nullptr)
      refuse_record(where, "a `prediction` needs no model: judge the file with --predictions");
    text.prompt = prompt->as_string(where + ": \"prompt\"");
  } else {
    if (prediction == nullptr)
      refuse_record(where, "a `prompt` needs a model to answer it: give --model and --generate");
    text.prediction = prediction->as_string(where + ": \"prediction\"");
  }
  const std::string place = where + ": \"references\"";
  for (const Json& reference : line.at("references", where).as_array(place))
    text.references.push_back(reference.as_string(place));
  if (text.references.empty()) refuse_record(where, "`references` must hold at least one text");
  return text;
}

struct Figure {
  const char* name;
  double value;
};

std::array<Figure, 5> judge(const WrittenText& text) {
  const metrics::Rouge rouge = metrics::rouge(text.prediction, text.references);
  const metrics::AnswerOverlap overlap = metrics::answer_overlap(text.prediction, text.references);
  const bool words = !metrics::answer_words(text.prediction).empty();
  return {{{"rouge1", rouge.rouge1},
           {"rouge2", rouge.rouge2},
           {"rougeL", rouge.rougeL},
           {"exact_match", overlap.exact},
           {"f1", words ? overlap.f1 : 0}}};
}

Json as_json(const WrittenText& text, std::span<const Figure> figures) {
  Json json = Json::Object();
  json.set("prediction", text.prediction);
  json.set("references", Json::Array(text.references.begin(), text.references.end()));
  for (const Figure& figure : figures) json.set(figure.name, figure.value);
  return json;
}

}  // namespace

std::vector<WrittenText> read_written_texts(const std::filesystem::path& path, TextSource source) {
  std::vector<WrittenText> texts;
  read_json_lines(path, [&](const Json& line, const std::string& where) {
    texts.push_back(read_text(line, where, source));
    if (texts.back().messages.is_null() != texts.front().messages.is_null())
      refuse_record(where, "records with `prompt` and with `messages` can't be in one file");
  });
  if (texts.empty())
    throw Error(ErrorKind::kInput, path.string() + " holds no record; a line is {\"" +
                                       (source == TextSource::kPrompt ? "prompt" : "prediction") +
                                       "\": …, \"references\": [\"…\"]}");
  return texts;
}

TextScores score_texts(std::span<const WrittenText> texts, metrics::BleuTokenizer tokenizer) {
  metrics::Bleu bleu(tokenizer);
  metrics::Chrf chrf;
  std::vector<std::pair<const char*, metrics::Mean>> means;
  TextScores scores;
  for (const WrittenText& text : texts) {
    bleu.add(text.prediction, text.references);
    chrf.add(text.prediction, text.references);
    const auto figures = judge(text);
    if (means.empty())
      for (const Figure& figure : figures) means.emplace_back(figure.name, metrics::Mean());
    for (size_t i = 0; i < figures.size(); ++i) means[i].second.add(figures[i].value);
    scores.records.push_back(as_json(text, figures));
  }
  scores.metrics = {{"bleu", bleu.score()}, {"chrf", chrf.score()}};
  for (const auto& [name, mean] : means)
    scores.metrics.push_back({name, mean.value(), mean.standard_error()});
  return scores;
}

}  // namespace lmos::evaluate
