#include "worker/refusal.h"

#include <exception>
#include <utility>

namespace lmos::worker {

void refuse(std::string parameter, std::string message) {
  throw Refusal{std::move(parameter), std::move(message)};
}

void check_ids(const components::Tokenizer& tokenizer, const std::vector<int32_t>& ids,
               const std::string& parameter) {
  const auto vocab = static_cast<int32_t>(tokenizer.vocab_size());
  for (const int32_t id : ids)
    if (id < 0 || id >= vocab)
      refuse(parameter, parameter + ": there is no token " + std::to_string(id) +
                            "; the vocabulary has " + std::to_string(vocab));
}

void refuse_on_error(Connection& connection, uint64_t request, const std::function<void()>& work) {
  try {
    work();
  } catch (const Refusal& refusal) {
    connection.send(
        wire::Refused{request, wire::RefusalKind::kInvalid, refusal.parameter, refusal.message});
  } catch (const std::exception& error) {
    connection.send(wire::Refused{request, wire::RefusalKind::kFailed, "", error.what()});
  }
}

}  // namespace lmos::worker
