#include "serve/generation_fields.h"

#include <charconv>
#include <limits>
#include <random>

#include "serve/api_error.h"

namespace lmos::serve {
namespace {

constexpr size_t kMostStops = 16;
constexpr size_t kLongestStop = 1024;  // characters
constexpr size_t kMostBiases = 1024;

uint64_t random_seed() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator() >> 1;
}

std::vector<std::string> read_stop(const Json& body) {
  const Json* value = given(body, "stop");
  std::vector<std::string> stop;
  if (value == nullptr) return stop;
  if (value->is_string()) return {value->as_string("stop")};
  for (const Json& item : value->as_array("stop")) stop.push_back(item.as_string("stop"));
  return stop;
}

std::vector<std::pair<int32_t, double>> read_logit_bias(const Json& body) {
  std::vector<std::pair<int32_t, double>> biases;
  const Json* value = given(body, "logit_bias");
  if (value == nullptr) return biases;
  for (const auto& [key, bias] : value->as_object("logit_bias")) {
    int32_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0)
      throw invalid_request("logit_bias: a key must be a token id, a number in quotes",
                            "logit_bias");
    biases.emplace_back(id, bias.as_double("logit_bias"));
  }
  return biases;
}

}  // namespace

std::vector<ShapeField> generation_fields() {
  const Shape stop = Shape::text(1, kLongestStop);
  return {
      {"temperature", Shape::number(0, 100), "0: always the likeliest token. Unless given, 1."},
      {"top_p", Shape::number(0, 1, true), "Draw among the likeliest that have this probability."},
      {"top_k", Shape::integer(0, kMostTokens), "Draw among so many likeliest; 0: all."},
      {"min_p", Shape::number(0, 1),
       "Leave out what is less likely than this part of the likeliest."},
      {"repetition_penalty", Shape::number(0, 100, true), "1: none."},
      {"frequency_penalty", Shape::number(-2, 2), ""},
      {"presence_penalty", Shape::number(-2, 2), ""},
      {"seed",
       Shape::integer(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()),
       "Equal requests with equal seeds have equal answers."},
      {"stop", Shape::any_of({stop, Shape::list(stop, 0, kMostStops)}),
       "Ends before the first of these."},
      {"logit_bias", Shape::map(Shape::number(-100, 100), kMostBiases), "By token id."},
      {"user", Shape::text(), "Has no effect."},
  };
}

std::vector<ShapeField> answer_fields(const LimitsConfig& limits) {
  return {
      {"n", Shape::integer(1, limits.n), "Continuations of a prompt."},
      {"stream", Shape::boolean(), "Answer with server-sent events, as tokens are made."},
      {"stream_options",
       Shape::object({{"include_usage", Shape::boolean(), "Tell the usage in a last event."},
                      {"include_obfuscation", Shape::boolean(), "Has no effect."}}),
       "With `stream` only."},
  };
}

void read_generation(const Json& body, wire::Submit& submit) {
  wire::Sampling& sampling = submit.sampling;
  sampling.temperature = number_or(body, "temperature", 1);
  sampling.top_p = number_or(body, "top_p", 1);
  sampling.top_k = integer_or(body, "top_k", 0);
  sampling.min_p = number_or(body, "min_p", 0);
  sampling.repetition_penalty = number_or(body, "repetition_penalty", 1);
  sampling.frequency_penalty = number_or(body, "frequency_penalty", 0);
  sampling.presence_penalty = number_or(body, "presence_penalty", 0);
  sampling.seed = given(body, "seed") != nullptr
                      ? static_cast<uint64_t>(given(body, "seed")->as_int64("seed"))
                      : random_seed();
  submit.stop = read_stop(body);
  submit.logit_bias = read_logit_bias(body);
}

AnswerForm read_answer_form(const Json& body) {
  AnswerForm form;
  form.n = integer_or(body, "n", 1);
  form.stream = flag_or(body, "stream", false);
  if (const Json* options = given(body, "stream_options")) {
    if (!form.stream)
      throw invalid_request("stream_options: only with \"stream\": true", "stream_options");
    form.include_usage = flag_or(*options, "include_usage", false);
  }
  return form;
}

}  // namespace lmos::serve
