#include "serve/tool_call_parser.h"

#include <algorithm>
#include <optional>

#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/answer_id.h"

namespace lmos::serve {
namespace {

constexpr std::string_view kOpen = "<tool_call>";
constexpr std::string_view kClose = "</tool_call>";
constexpr std::string_view kSpace = " \t\r\n";

// {"name": …, "arguments" or "parameters": {…}}; none for anything else.
std::optional<ToolCall> read_call(std::string_view text) {
  try {
    const Json json = parse_json(text, "call");
    const Json* name = json.find("name");
    const Json* arguments = json.find("arguments");
    if (arguments == nullptr) arguments = json.find("parameters");
    if (name == nullptr || !name->is_string() || arguments == nullptr || !arguments->is_object())
      return std::nullopt;
    return ToolCall{new_answer_id("call_"), name->as_string("call"), compact_json(*arguments)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Bytes at the end of `text` that may be the beginning of `tag`.
size_t begun(std::string_view text, std::string_view tag) {
  for (size_t size = std::min(tag.size() - 1, text.size()); size > 0; --size)
    if (text.ends_with(tag.substr(0, size))) return size;
  return 0;
}

}  // namespace

Json ToolCall::json() const {
  return Json::Object{{"id", id},
                      {"type", "function"},
                      {"function", Json::Object{{"name", name}, {"arguments", arguments}}}};
}

// Gives out the first `size` bytes that are held, but not the space at their end: before a call, it
// belongs to neither.
void ToolCallParser::release(size_t size, Found& found) {
  while (size > 0 && kSpace.find(held_[size - 1]) != std::string_view::npos) --size;
  found.text += held_.substr(0, size);
  held_.erase(0, size);
}

void ToolCallParser::read_tagged(Found& found) {
  for (;;) {
    size_t open = held_.find(kOpen);
    if (open == std::string::npos) return release(held_.size() - begun(held_, kOpen), found);
    release(open, found);
    open = held_.find(kOpen);
    const size_t begin = open + kOpen.size();
    const size_t close = held_.find(kClose, std::max(begin, looked_));
    looked_ = close == std::string::npos ? held_.size() - begun(held_, kClose) : 0;
    if (close == std::string::npos) return;
    const size_t end = close + kClose.size();
    if (auto call = read_call(std::string_view(held_).substr(begin, close - begin))) {
      found.calls.push_back(*std::move(call));
      called_ = true;
    } else {
      found.text += held_.substr(0, end);
    }
    held_.erase(0, end);
  }
}

ToolCallParser::Found ToolCallParser::push(std::string_view piece) {
  Found found;
  if (plain_ || (style_ != wire::ToolCalls::kTagged && style_ != wire::ToolCalls::kJson)) {
    found.text = piece;
    return found;
  }
  held_ += piece;
  if (style_ == wire::ToolCalls::kTagged) {
    read_tagged(found);
    return found;
  }
  const size_t first = held_.find_first_not_of(kSpace);
  plain_ = first != std::string::npos && held_[first] != '{';
  if (plain_) found.text = std::exchange(held_, {});
  return found;
}

ToolCallParser::Found ToolCallParser::finish(std::string_view piece) {
  Found found = push(piece);
  if (style_ == wire::ToolCalls::kJson) {
    if (auto call = read_call(held_)) {
      found.calls.push_back(*std::move(call));
      return found;
    }
  }
  // Only space was held back after the last call.
  if (!called_ || held_.find_first_not_of(kSpace) != std::string::npos) found.text += held_;
  held_.clear();
  return found;
}

}  // namespace lmos::serve
