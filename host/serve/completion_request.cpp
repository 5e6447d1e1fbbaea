#include "serve/completion_request.h"

#include <charconv>
#include <random>

#include "serve/api_error.h"
#include "serve/request_fields.h"

namespace lmos::serve {
namespace {

constexpr int64_t kDefaultTokens = 16;       // of max_tokens, as OpenAI's
constexpr int64_t kMostTokens = 16'777'216;  // whatever the context
constexpr size_t kMostStops = 16;
constexpr size_t kLongestStop = 1024;  // bytes
constexpr size_t kMostBiases = 1024;

uint64_t random_seed() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator() >> 1;
}

std::vector<std::string> read_stop(RequestFields& fields) {
  const Json* value = fields.any("stop");
  std::vector<std::string> stop;
  if (value == nullptr) return stop;
  if (value->is_string()) {
    stop.push_back(value->as_string("stop"));
  } else if (value->is_array()) {
    for (const Json& item : value->as_array("stop"))
      stop.push_back(checked_text(item, "stop." + std::to_string(stop.size())));
  } else {
    throw invalid_request("stop: expected a string or a list of strings, found " + value->excerpt(),
                          "stop");
  }
  if (stop.size() > kMostStops)
    throw invalid_request("stop: at most " + std::to_string(kMostStops) + " strings", "stop");
  for (const std::string& text : stop) {
    if (text.empty() || text.size() > kLongestStop)
      throw invalid_request(
          "stop: each must have from 1 to " + std::to_string(kLongestStop) + " bytes", "stop");
  }
  return stop;
}

std::vector<std::pair<int32_t, double>> read_logit_bias(RequestFields& fields) {
  const Json* value = fields.any("logit_bias");
  std::vector<std::pair<int32_t, double>> biases;
  if (value == nullptr) return biases;
  if (!value->is_object())
    throw invalid_request(
        "logit_bias: expected an object from token ids to numbers, found " + value->excerpt(),
        "logit_bias");
  for (const auto& [key, bias] : value->as_object("logit_bias")) {
    int32_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0)
      throw invalid_request("logit_bias: a key must be a token id, a number in quotes",
                            "logit_bias");
    biases.emplace_back(id, checked_number(bias, "logit_bias." + key, -100, 100));
  }
  if (biases.size() > kMostBiases)
    throw invalid_request("logit_bias: at most " + std::to_string(kMostBiases) + " tokens",
                          "logit_bias");
  return biases;
}

wire::Sampling read_sampling(RequestFields& fields, const LimitsConfig& limits) {
  wire::Sampling sampling;
  sampling.temperature = fields.number("temperature", 0, 100).value_or(1);
  sampling.top_p = fields.number("top_p", 0, 1, true).value_or(1);
  sampling.top_k = fields.integer("top_k", 0, kMostTokens).value_or(0);
  sampling.min_p = fields.number("min_p", 0, 1).value_or(0);
  sampling.repetition_penalty = fields.number("repetition_penalty", 0, 100, true).value_or(1);
  sampling.frequency_penalty = fields.number("frequency_penalty", -2, 2).value_or(0);
  sampling.presence_penalty = fields.number("presence_penalty", -2, 2).value_or(0);
  const auto seed = fields.integer("seed", std::numeric_limits<int64_t>::min(),
                                   std::numeric_limits<int64_t>::max());
  sampling.seed = seed ? static_cast<uint64_t>(*seed) : random_seed();
  sampling.logprobs = fields.integer("logprobs", 0, limits.logprobs).value_or(-1);
  return sampling;
}

bool is_ids(const Json& value) {
  return value.is_array() && !value.as_array("prompt").empty() &&
         value.as_array("prompt").front().is_number();
}

// A string, a list of strings, a list of tokens, or a list of such lists.
std::vector<wire::Submit> read_prompts(RequestFields& fields, const LimitsConfig& limits) {
  const Json* value = fields.any("prompt");
  if (value == nullptr) throw invalid_request("the field 'prompt' is missing", "prompt");
  std::vector<wire::Submit> prompts;
  const auto add = [&](const Json& prompt, const std::string& parameter) {
    wire::Submit& submit = prompts.emplace_back();
    submit.as_tokens = prompt.is_array();
    if (submit.as_tokens)
      submit.prompt_ids = checked_ids(prompt, parameter);
    else
      submit.text = checked_text(prompt, parameter);
  };
  if (!value->is_array() || is_ids(*value)) {
    add(*value, "prompt");
    return prompts;
  }
  const Json::Array& items = value->as_array("prompt");
  if (items.empty() || items.size() > static_cast<size_t>(limits.prompts))
    throw invalid_request("prompt: from 1 to " + std::to_string(limits.prompts) + " in a request",
                          "prompt");
  for (const Json& item : items) add(item, "prompt." + std::to_string(prompts.size()));
  return prompts;
}

bool read_include_usage(RequestFields& fields, bool stream) {
  const Json* options = fields.any("stream_options");
  if (options == nullptr) return false;
  if (!stream)
    throw invalid_request("stream_options: only with \"stream\": true", "stream_options");
  RequestFields inner(*options);
  const bool include = inner.flag("include_usage").value_or(false);
  inner.ignore({"include_obfuscation"});
  inner.finish();
  return include;
}

}  // namespace

CompletionRequest parse_completion_request(const Json& body, const LimitsConfig& limits) {
  RequestFields fields(body);
  CompletionRequest request;
  request.model = fields.required_text("model");
  request.prompts = read_prompts(fields, limits);
  request.n = fields.integer("n", 1, limits.n).value_or(1);
  request.stream = fields.flag("stream").value_or(false);
  request.include_usage = read_include_usage(fields, request.stream);
  request.echo = fields.flag("echo").value_or(false);

  wire::Submit shared;
  shared.max_tokens = fields.integer("max_tokens", 1, kMostTokens).value_or(kDefaultTokens);
  shared.sampling = read_sampling(fields, limits);
  shared.stop = read_stop(fields);
  shared.logit_bias = read_logit_bias(fields);
  request.logprobs = shared.sampling.logprobs >= 0;
  if (request.echo && request.logprobs)
    throw invalid_request("echo: the prompt's logprobs aren't computed; leave one of the two out",
                          "echo");
  const auto best_of = fields.integer("best_of", 1, limits.n);
  if (best_of && *best_of != request.n)
    throw invalid_request("best_of: only the value of n; choose among n continuations yourself",
                          "best_of");
  if (fields.text("suffix").value_or("") != "")
    throw invalid_request("suffix: models that fill in the middle aren't served", "suffix");
  fields.ignore({"user"});
  fields.finish();

  for (wire::Submit& prompt : request.prompts) {
    prompt.echo = request.echo;
    prompt.count = static_cast<uint32_t>(request.n);
    prompt.max_tokens = shared.max_tokens;
    prompt.sampling = shared.sampling;
    prompt.stop = shared.stop;
    prompt.logit_bias = shared.logit_bias;
  }
  return request;
}

}  // namespace lmos::serve
