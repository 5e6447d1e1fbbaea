#include "serve/token_logprobs.h"

#include <cmath>

#include "formats/utf8.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

Json token_json(const wire::AlternativeToken& token) {
  Json::Array bytes;
  for (const char byte : token.text) bytes.push_back(static_cast<unsigned char>(byte));
  return Json::Object{{"token", replace_invalid_utf8(token.text)},
                      {"logprob", token.logprob},
                      {"bytes", std::move(bytes)}};
}

std::vector<ShapeField> token_fields() {
  return {{"token", Shape::text(), "", true},
          {"logprob", Shape::any_number(), "", true},
          {"bytes", Shape::list(Shape::integer(0, 255)), "", true}};
}

}  // namespace

void TokenLogprobs::add(const wire::NewToken& token) {
  chosen.push_back(token.chosen);
  likeliest.push_back(token.likeliest);
}

void TokenLogprobs::add(const wire::PromptTokens& tokens) {
  chosen.insert(chosen.end(), tokens.chosen.begin(), tokens.chosen.end());
  likeliest.insert(likeliest.end(), tokens.likeliest.begin(), tokens.likeliest.end());
  likeliest.resize(chosen.size());  // whatever the worker sent
}

void TokenLogprobs::append(const TokenLogprobs& other) {
  chosen.insert(chosen.end(), other.chosen.begin(), other.chosen.end());
  likeliest.insert(likeliest.end(), other.likeliest.begin(), other.likeliest.end());
}

Json TokenLogprobs::completion_json(size_t first_offset) const {
  Json::Array tokens, logprobs, tops, offsets;
  size_t offset = first_offset;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const std::string text = replace_invalid_utf8(chosen[i].text);
    tokens.push_back(text);
    const bool known = !std::isnan(chosen[i].logprob);
    logprobs.push_back(known ? Json(chosen[i].logprob) : Json());
    offsets.push_back(offset);
    offset += count_characters(text);
    if (!known) {
      tops.push_back({});
      continue;
    }
    Json top = Json::Object();
    for (const wire::AlternativeToken& token : likeliest[i])
      top.set(replace_invalid_utf8(token.text), token.logprob);
    top.set(text, chosen[i].logprob);
    tops.push_back(std::move(top));
  }
  Json json = Json::Object();
  json.set("tokens", std::move(tokens));
  json.set("token_logprobs", std::move(logprobs));
  json.set("top_logprobs", std::move(tops));
  json.set("text_offset", std::move(offsets));
  return json;
}

Json TokenLogprobs::chat_json() const {
  Json::Array tokens;
  for (size_t i = 0; i < chosen.size(); ++i) {
    Json token = token_json(chosen[i]);
    Json::Array top;
    for (const wire::AlternativeToken& other : likeliest[i]) top.push_back(token_json(other));
    token.set("top_logprobs", std::move(top));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Shape completion_logprobs_shape() {
  const Shape number = Shape::any_number();
  return Shape::object({{"tokens", Shape::list(Shape::text()), "", true},
                        {"token_logprobs", Shape::list(number.or_null()), "", true},
                        {"top_logprobs", Shape::list(Shape::map(number).or_null()), "", true},
                        {"text_offset", Shape::list(count_shape()), "In characters.", true}});
}

Shape chat_logprobs_shape() {
  std::vector<ShapeField> fields = token_fields();
  fields.push_back({"top_logprobs", Shape::list(Shape::object(token_fields())), "", true});
  return Shape::list(Shape::object(std::move(fields)));
}

}  // namespace lmos::serve
