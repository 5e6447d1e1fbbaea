#include "serve/encode_request.h"

#include "serve/api_error.h"
#include "serve/token_list.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

constexpr int64_t kMostDimensions = 1 << 20;

std::vector<ShapeField> input_fields(const LimitsConfig& limits) {
  const auto most = static_cast<size_t>(limits.inputs);
  return {{"model", Shape::text(), "A name of GET /v1/models.", true},
          {"input",
           Shape::any_of({Shape::text(), token_list(1), Shape::list(Shape::text(), 1, most),
                          Shape::list(token_list(1), 1, most)}),
           "A text, its tokens, or a list of either. Tokens are taken as they are; to texts the "
           "tokenizer adds those that begin and end them.",
           true},
          {"truncate", Shape::boolean(), "Cut what the model can't read whole, not refuse it."},
          {"user", Shape::text(), "Without any effect."}};
}

Shape input_usage_shape() {
  return Shape::object(
      {{"prompt_tokens", count_shape(), "", true}, {"total_tokens", count_shape(), "", true}});
}

Shape answer_of(const Shape& item) {
  return Shape::object({{"object", Shape::choice({"list"}), "", true},
                        {"data", Shape::list(item), "In the order of the inputs.", true},
                        {"model", Shape::text(), "", true},
                        {"usage", input_usage_shape(), "", true}});
}

wire::EncodeInput input_of(const Json& value) {
  wire::EncodeInput input;
  input.as_tokens = value.is_array();
  if (input.as_tokens)
    input.ids = read_tokens(value);
  else
    input.text = value.as_string("input");
  return input;
}

// One text, or one list of tokens.
bool is_single(const Json& input) {
  return !input.is_array() || input.as_array("input").front().is_number();
}

EncodeRequest read_request(const Json& body, wire::EncodeTask task) {
  EncodeRequest request;
  request.model = text_or(body, "model", "");
  request.encode.task = task;
  request.encode.truncate = flag_or(body, "truncate", false);
  const Json& input = *given(body, "input");
  if (is_single(input)) {
    request.encode.inputs.push_back(input_of(input));
  } else {
    for (const Json& one : input.as_array("input")) request.encode.inputs.push_back(input_of(one));
  }
  return request;
}

void add_second_texts(const Json& second, std::vector<wire::EncodeInput>& inputs) {
  std::vector<std::string> texts;
  if (second.is_string())
    texts.push_back(second.as_string("second_input"));
  else
    for (const Json& text : second.as_array("second_input"))
      texts.push_back(text.as_string("second_input"));
  if (texts.size() != inputs.size())
    throw invalid_request("second_input: " + std::to_string(texts.size()) + " texts for " +
                              std::to_string(inputs.size()) + " of input; give one for each",
                          "second_input");
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].as_tokens)
      throw invalid_request("second_input: only beside texts, and input holds tokens",
                            "second_input");
    inputs[i].is_pair = true;
    inputs[i].second_text = std::move(texts[i]);
  }
}

}  // namespace

Shape embedding_body(const LimitsConfig& limits) {
  std::vector<ShapeField> fields = input_fields(limits);
  fields.push_back({"encoding_format", Shape::choice({"float", "base64"}),
                    "base64: of little-endian 32-bit floating-point numbers."});
  fields.push_back(
      {"dimensions", Shape::integer(1, kMostDimensions),
       "Answer with the first so many values of each vector, scaled to length 1. Sound only for "
       "models that were trained for it."});
  return Shape::object(std::move(fields));
}

Shape embedding_answer() {
  return answer_of(Shape::object(
      {{"object", Shape::choice({"embedding"}), "", true},
       {"index", count_shape(), "", true},
       {"embedding", Shape::any_of({Shape::list(Shape::any_number()), Shape::text()}), "", true}}));
}

Shape classify_body(const LimitsConfig& limits) {
  std::vector<ShapeField> fields = input_fields(limits);
  fields.push_back({"second_input",
                    Shape::any_of({Shape::text(), Shape::list(Shape::text(), 1,
                                                              static_cast<size_t>(limits.inputs))}),
                    "For models of pairs: the second text of each input."});
  return Shape::object(std::move(fields));
}

Shape classify_answer() {
  const Shape probability = Shape::number(0, 1);
  const Shape label =
      Shape::object({{"label", Shape::text(), "", true}, {"probability", probability, "", true}});
  return answer_of(
      Shape::object({{"object", Shape::choice({"classification"}), "", true},
                     {"index", count_shape(), "", true},
                     {"label", Shape::text(), "The likeliest.", true},
                     {"probability", probability, "Of that label.", true},
                     {"labels", Shape::list(label), "All, in the model's order.", true}}));
}

EncodeRequest read_embedding_request(const Json& body) {
  EncodeRequest request = read_request(body, wire::EncodeTask::kEmbed);
  request.base64 = text_or(body, "encoding_format", "float") == "base64";
  request.dimensions = integer_or(body, "dimensions", 0);
  return request;
}

EncodeRequest read_classify_request(const Json& body) {
  EncodeRequest request = read_request(body, wire::EncodeTask::kClassify);
  if (const Json* second = given(body, "second_input"))
    add_second_texts(*second, request.encode.inputs);
  return request;
}

}  // namespace lmos::serve
