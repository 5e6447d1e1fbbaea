#include "conversation/chat_format.h"

#include <algorithm>
#include <ranges>
#include <span>

#include "conversation/content_marks.h"
#include "errors/error.h"

namespace lmos::conversation {
namespace {

ToolCallStyle style_of(const TemplateSource& source) {
  const auto has = [&](std::string_view text) {
    return source.text.find(text) != std::string::npos;
  };
  if (!has("tools")) return ToolCallStyle::kNone;
  if (has("<tool_call>") && has("\"arguments\"")) return ToolCallStyle::kTagged;
  if (has("<tool_call>") && has("<function=")) return ToolCallStyle::kOther;
  if (has("<tool_call>") && has("arguments")) return ToolCallStyle::kTagged;
  if (has("<|start_header_id|>") && has("\"parameters\"")) return ToolCallStyle::kJson;
  return ToolCallStyle::kOther;
}

// Of the messages, every text that is not the template's own.
Json marked_messages(const Json& messages, const ContentMarks& marks) {
  Json::Array all;
  for (const Json& message : messages.as_array("messages")) {
    Json marked = Json::Object();
    for (const auto& [key, value] : message.as_object("messages")) {
      if (key == "role")
        marked.set(key, value);
      else if (key == "content" && value.is_string())
        marked.set(key, marks.marked_content(value.as_string("content")));
      else
        marked.set(key, marks.marked(value));
    }
    all.push_back(std::move(marked));
  }
  return all;
}

}  // namespace

ChatFormat::ChatFormat(const ModelFiles& files, const std::filesystem::path& chosen,
                       const components::Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      why_not_(
          "this model has no chat template; name one with the model's key `chat_template`, or "
          "let /v1/completions continue a text") {
  try {
    const ModelTemplates templates = find_templates(files, chosen);
    tokens_ = templates.tokens;
    if (const Json* end = tokens_.find("eos_token")) {
      const int32_t id = tokenizer.token_to_id(end->as_string("eos_token"));
      if (id >= 0) end_id_ = id;
    }
    if (!templates.usual) return;
    const TemplateSource& with_tools =
        templates.with_tools ? *templates.with_tools : *templates.usual;
    tool_calls_ = style_of(with_tools);
    with_tools_.emplace(with_tools.text, with_tools.place);
    usual_.emplace(templates.usual->text, templates.usual->place);
  } catch (const Error& error) {
    if (!chosen.empty()) throw;
    why_not_ = std::string("this model's chat template can't be used: ") + error.what();
  }
}

const SpecialTexts& ChatFormat::special() const {
  if (special_) return *special_;
  std::vector<std::string> texts;
  is_special_.assign(tokenizer_.vocab_size(), false);
  for (int32_t id = 0; id < static_cast<int32_t>(is_special_.size()); ++id) {
    const std::span one(&id, 1);
    if (!tokenizer_.decode(one, true).empty() || tokenizer_.decode(one, false).empty()) continue;
    is_special_[static_cast<size_t>(id)] = true;
    texts.push_back(tokenizer_.id_to_token(id));
  }
  // What stands for characters that the vocabulary lacks comes from ordinary text.
  constexpr const char* kNoCharacter = "\xF3\xB0\x80\x80";
  for (const int32_t id : tokenizer_.encode(kNoCharacter, false))
    is_special_[static_cast<size_t>(id)] = false;
  return special_.emplace(std::move(texts));
}

std::vector<int32_t> ChatFormat::encode(const Conversation& conversation) const {
  if (!usual_) throw Error(ErrorKind::kInput, why_not_);
  const SpecialTexts& special = this->special();
  const ContentMarks marks(
      special, Json::Array{conversation.messages, conversation.tools, conversation.variables});
  Json variables = marks.marked(conversation.variables);
  for (const auto& [name, token] : tokens_.as_object("tokens")) variables.set(name, token);
  variables.set("messages", marked_messages(conversation.messages, marks));
  variables.set("tools", marks.marked(conversation.tools));
  variables.set("documents", Json());
  variables.set("add_generation_prompt", conversation.add_generation_prompt);

  std::string rendered;
  try {
    rendered = (conversation.tools.is_null() ? *usual_ : *with_tools_).render(variables);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, marks.without_marks(error.what()));
  }
  std::vector<int32_t> ids;
  size_t expected = 0;
  for (const std::string& piece : marks.pieces(rendered)) {
    expected += special.count(piece);
    std::ranges::copy(tokenizer_.encode(piece, false), std::back_inserter(ids));
  }
  // A normalizer may have made one out of what looked like something else.
  const auto found = std::ranges::count_if(
      ids, [this](int32_t id) { return static_cast<bool>(is_special_[static_cast<size_t>(id)]); });
  if (static_cast<size_t>(found) > expected)
    throw Error(ErrorKind::kInput,
                "a message holds text that this model's tokenizer takes for a special token");
  return ids;
}

}  // namespace lmos::conversation
