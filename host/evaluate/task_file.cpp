#include "evaluate/task_file.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/json_lines.h"

namespace lmos::evaluate {
namespace {

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kInput, where + ": " + what);
}

const Json* either(const Json& line, const char* name, const char* other) {
  const Json* member = line.find(name);
  return member != nullptr ? member : line.find(other);
}

int64_t find_label(const Json& line, const std::vector<std::string>& choices,
                   const std::string& where) {
  const Json* label = either(line, "label", "answer");
  if (label == nullptr) fail(where, "`label` or `answer` must say which choice is right");
  if (label->is_string()) {
    const auto found = std::ranges::find(choices, label->as_string(where));
    if (found == choices.end())
      fail(where, "the answer " + label->excerpt() + " is none of the choices");
    return found - choices.begin();
  }
  const int64_t index = label->as_int64(where + ": \"label\"");
  if (index < 0 || index >= std::ssize(choices))
    fail(where, "the label " + std::to_string(index) + " is none of the choices 0 to " +
                    std::to_string(choices.size() - 1));
  return index;
}

Question read_question(const Json& line, const std::string& where) {
  Question question;
  line.as_object(where);
  const Json* context = either(line, "context", "question");
  if (context == nullptr) fail(where, "there is no `context` (or `question`)");
  question.context = context->as_string(where + ": \"context\"");
  if (const Json* choices = line.find("choices")) {
    for (const Json& choice : choices->as_array(where + ": \"choices\"")) {
      question.choices.push_back(choice.as_string(where + ": \"choices\""));
      if (question.choices.back().empty()) fail(where, "a choice is empty");
    }
    if (question.choices.size() < 2) fail(where, "`choices` must hold at least two texts");
    question.label = find_label(line, question.choices, where);
    return question;
  }
  question.answer = line.at("answer", where).as_string(where + ": \"answer\"");
  if (question.answer.empty()) fail(where, "the answer is empty");
  return question;
}

}  // namespace

std::vector<Question> read_task_file(const std::filesystem::path& path) {
  std::vector<Question> questions;
  read_json_lines(path, [&](const Json& line, const std::string& where) {
    questions.push_back(read_question(line, where));
    if (questions.back().choices.empty() != questions.front().choices.empty())
      fail(where, "questions with and without `choices` can't be in one file");
  });
  if (questions.empty())
    throw Error(ErrorKind::kInput,
                path.string() +
                    " holds no question; a line is {\"context\": …, \"choices\": […], "
                    "\"label\": 0}");
  return questions;
}

}  // namespace lmos::evaluate
