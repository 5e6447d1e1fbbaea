// A request for text, from its prompts to its answer.
#pragma once

#include <memory>
#include <vector>

#include "serve/answer_writer.h"
#include "serve/http_exchange.h"
#include "serve/served_model.h"
#include "serve/tenant.h"

namespace lmos::serve {

// `prompts`: all with equal counts and options; ids and tenants are not set. Continuation j of
// prompt i is the writer's index i · count + j. Answers through `writer`, at once or later; `model`
// outlives the answer. `exchange`: tells when the client is gone.
void start_generation(std::shared_ptr<HttpExchange> exchange, std::vector<wire::Submit> prompts,
                      std::unique_ptr<AnswerWriter> writer, ServedModel& model, Tenant tenant);

}  // namespace lmos::serve
