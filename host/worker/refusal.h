// Requests that the model can't serve.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "components/tokenizer.h"
#include "worker/connection.h"

namespace lmos::worker {

// Thrown by what reads a request.
struct Refusal {
  std::string parameter;  // the field at fault; empty: none in particular
  std::string message;
};

[[noreturn]] void refuse(std::string parameter, std::string message);

// Refuses ids that the vocabulary does not have.
void check_ids(const components::Tokenizer& tokenizer, const std::vector<int32_t>& ids,
               const std::string& parameter);

// Runs `work`; what it throws becomes the answer to the request.
void refuse_on_error(Connection& connection, uint64_t request, const std::function<void()>& work);

}  // namespace lmos::worker
