// Questions with known answers, as JSON lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lmos::evaluate {

// One line of a task file. Either the model chooses among `choices`, or it continues `context` by
// `answer`.
struct Question {
  std::string context;  // may be empty
  std::vector<std::string> choices;
  int64_t label = 0;   // the right choice, from 0
  std::string answer;  // without choices
};

// All lines are of one of the two kinds:
//   {"context": …, "choices": ["…", …], "label": INDEX or "answer": the text of the right choice}
//   {"context": …, "answer": "…"}
// `question` may stand for `context`; other members are passed over. Error(kInput) with the file
// and the line for anything else.
std::vector<Question> read_task_file(const std::filesystem::path& path);

}  // namespace lmos::evaluate
