// Whatever the body of a request, it is parsed within the limits or refused as the client's
// mistake, with an answer that is JSON.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/api_error.h"
#include "serve/completion_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmos::serve;
  static const Shape shape = [] {
    LimitsConfig limits;
    limits.prompts = 4;
    limits.n = 4;
    limits.logprobs = 5;
    return completion_body(limits);
  }();
  try {
    const lmos::Json body = lmos::parse_json({reinterpret_cast<const char*>(data), size}, "body");
    shape.check(body);
    const CompletionRequest request = read_completion_request(body);
    if (request.prompts.empty() || request.prompts.size() > 4) std::abort();
    for (const lmos::wire::Submit& prompt : request.prompts) {
      const auto& sampling = prompt.sampling;
      const bool fits = prompt.count >= 1 && prompt.count <= 4 && prompt.max_tokens >= 1 &&
                        sampling.temperature >= 0 && sampling.top_p > 0 && sampling.top_p <= 1 &&
                        sampling.top_k >= 0 && sampling.logprobs <= 5 && prompt.stop.size() <= 16;
      if (!fits) std::abort();
      std::string frame;
      lmos::wire::append_message(prompt, frame);
    }
  } catch (const ApiError& error) {
    if (error.status != 400) std::abort();
    lmos::parse_json(lmos::compact_json(error.json()), "answer");
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
  }
  return 0;
}
