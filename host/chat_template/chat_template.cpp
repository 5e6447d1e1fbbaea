#include "chat_template/chat_template.h"

#include "chat_template/evaluator.h"
#include "chat_template/failure.h"
#include "chat_template/parser.h"
#include "errors/error.h"

namespace lmos::chat {
namespace {

[[noreturn]] void report(const std::string& place, const Failure& failure, int line) {
  throw Error(ErrorKind::kInput, place + ":" +
                                     std::to_string(failure.line() > 0 ? failure.line() : line) +
                                     ": " + failure.what());
}

}  // namespace

ChatTemplate::ChatTemplate(std::string text, std::string place) : place_(std::move(place)) {
  try {
    body_ = std::make_unique<const Block>(parse_template(text));
  } catch (const Failure& failure) {
    report(place_, failure, 1);
  }
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const Json& variables, const Limits& limits) const {
  return render_marked(variables, limits).text;
}

Rendering ChatTemplate::render_marked(const Json& variables, const Limits& limits) const {
  Evaluator evaluator(variables, limits);
  try {
    body_->execute(evaluator);
  } catch (const Failure& failure) {
    report(place_, failure, evaluator.line);
  }
  return evaluator.take_rendering();
}

}  // namespace lmos::chat
