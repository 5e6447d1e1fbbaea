#include "serve/completion_text.h"

#include "formats/json_string.h"
#include "formats/json_text.h"
#include "formats/utf8.h"

namespace lmos::serve {

void TokenLogprobs::add(const wire::NewToken& token) {
  chosen.push_back(token.chosen);
  likeliest.push_back(token.likeliest);
}

Json TokenLogprobs::json(size_t first_offset) const {
  Json::Array tokens, logprobs, tops, offsets;
  size_t offset = first_offset;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const std::string text = replace_invalid_utf8(chosen[i].text);
    tokens.push_back(text);
    logprobs.push_back(chosen[i].logprob);
    offsets.push_back(offset);
    offset += count_characters(text);
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

std::string_view finish_reason_text(wire::FinishKind kind) {
  return kind == wire::FinishKind::kLength ? "length" : "stop";
}

CompletionText::CompletionText(std::string id, std::string model, int64_t created_unix_seconds) {
  Json json = Json::Object();
  json.set("id", std::move(id));
  json.set("object", "text_completion");
  json.set("created", created_unix_seconds);
  json.set("model", std::move(model));
  begin_ = compact_json(json);
  begin_.back() = ',';
  begin_ += "\"choices\":[";
}

// Written without a tree of values: it is the daemon's work for every token.
std::string CompletionText::event(uint32_t index, std::string_view text,
                                  const TokenLogprobs& logprobs, size_t first_offset,
                                  std::optional<wire::FinishKind> finish, bool usage_null) const {
  std::string event;
  event.reserve(begin_.size() + text.size() + 96);
  event.append(begin_).append("{\"index\":").append(std::to_string(index)).append(",\"text\":");
  append_json_string(text, event);
  event += ",\"logprobs\":";
  event += logprobs.chosen.empty() ? "null" : compact_json(logprobs.json(first_offset));
  event += ",\"finish_reason\":";
  if (finish)
    event.append("\"").append(finish_reason_text(*finish)).append("\"");
  else
    event += "null";
  event += usage_null ? "}],\"usage\":null}" : "}]}";
  return event;
}

std::string CompletionText::usage_event(const Usage& usage) const {
  return begin_ + "],\"usage\":" + compact_json(usage.json()) + "}";
}

Json CompletionText::choice(uint32_t index, std::string text, const TokenLogprobs& logprobs,
                            size_t first_offset, wire::FinishKind finish) {
  Json json = Json::Object();
  json.set("index", index);
  json.set("text", std::move(text));
  json.set("logprobs", logprobs.chosen.empty() ? Json() : logprobs.json(first_offset));
  json.set("finish_reason", finish_reason_text(finish));
  return json;
}

std::string CompletionText::whole(Json::Array choices, const Usage& usage) const {
  std::string text = begin_;
  for (size_t i = 0; i < choices.size(); ++i)
    text.append(i > 0 ? "," : "").append(compact_json(choices[i]));
  return text + "],\"usage\":" + compact_json(usage.json()) + "}";
}

}  // namespace lmos::serve
