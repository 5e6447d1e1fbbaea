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
    use(find_templates(files, chosen));
  } catch (const Error& error) {
    if (!chosen.empty()) throw;
    why_not_ = std::string("this model's chat template can't be used: ") + error.what();
  }
}

ChatFormat::ChatFormat(const ModelTemplates& templates, const components::Tokenizer& tokenizer)
    : tokenizer_(tokenizer), why_not_("there is no chat template") {
  use(templates);
}

void ChatFormat::use(const ModelTemplates& templates) {
  tokens_ = templates.tokens;
  if (const Json* end = tokens_.find("eos_token")) {
    const int32_t id = tokenizer_.token_to_id(end->as_string("eos_token"));
    if (id >= 0) end_id_ = id;
  }
  if (!templates.usual) return;
  const TemplateSource& with_tools =
      templates.with_tools ? *templates.with_tools : *templates.usual;
  tool_calls_ = style_of(with_tools);
  with_tools_.emplace(with_tools.text, with_tools.place);
  usual_.emplace(templates.usual->text, templates.usual->place);
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

chat::Rendering ChatFormat::render(const Conversation& conversation,
                                   const ContentMarks& marks) const {
  Json variables = marks.marked(conversation.variables);
  for (const auto& [name, token] : tokens_.as_object("tokens")) variables.set(name, token);
  variables.set("messages", marked_messages(conversation.messages, marks));
  variables.set("tools", marks.marked(conversation.tools));
  variables.set("documents", Json());
  variables.set("add_generation_prompt", conversation.add_generation_prompt);
  try {
    return (conversation.tools.is_null() ? *usual_ : *with_tools_).render_marked(variables);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, marks.without_marks(error.what()));
  }
}

void ChatFormat::check_special(std::span<const int32_t> ids, size_t expected) const {
  // A normalizer may have made one out of what looked like something else.
  const auto found = std::ranges::count_if(
      ids, [this](int32_t id) { return static_cast<bool>(is_special_[static_cast<size_t>(id)]); });
  if (static_cast<size_t>(found) > expected)
    throw Error(ErrorKind::kInput,
                "a message holds text that this model's tokenizer takes for a special token");
}

std::vector<int32_t> ChatFormat::encode(const Conversation& conversation) const {
  if (!usual_) throw Error(ErrorKind::kInput, why_not_);
  const SpecialTexts& special = this->special();
  const ContentMarks marks(
      special, Json::Array{conversation.messages, conversation.tools, conversation.variables});
  std::vector<int32_t> ids;
  size_t expected = 0;
  for (const std::string& piece : marks.pieces(render(conversation, marks).text)) {
    expected += special.count(piece);
    std::ranges::copy(tokenizer_.encode(piece, false), std::back_inserter(ids));
  }
  check_special(ids, expected);
  return ids;
}

// Some templates end a conversation, not its turns, with the end token.
void ChatFormat::drop_end(std::string& text) const {
  const Json* end = tokens_.find("eos_token");
  if (end != nullptr && text.ends_with(end->as_string("eos_token")))
    text.resize(text.size() - end->as_string("eos_token").size());
}

std::vector<ChatFormat::Span> ChatFormat::answers(const Json& messages,
                                                  const chat::Rendering& whole,
                                                  const ContentMarks& marks) const {
  std::vector<Span> spans;
  Json::Array before;
  for (const Json& message : messages.as_array("messages")) {
    if (message.at("role", "messages").as_string("role") == "assistant") {
      if (!whole.generated.empty()) {
        if (spans.size() == whole.generated.size()) break;
        spans.push_back(whole.generated[spans.size()]);
      } else {
        const std::string prompt = render({.messages = before}, marks).text;
        before.push_back(message);
        std::string with_answer =
            render({.messages = before, .add_generation_prompt = false}, marks).text;
        if (!whole.text.starts_with(with_answer)) drop_end(with_answer);
        if (!with_answer.starts_with(prompt) || !whole.text.starts_with(with_answer))
          throw Error(ErrorKind::kInput,
                      "the chat template writes message " + std::to_string(before.size()) +
                          " otherwise when more follow it; mark what the assistant writes with "
                          "{% generation %} blocks, or give one answer a conversation");
        spans.push_back({prompt.size(), with_answer.size()});
        continue;
      }
    }
    before.push_back(message);
  }
  const auto count = std::ranges::count_if(messages.as_array("messages"), [](const Json& message) {
    return message.at("role", "messages").as_string("role") == "assistant";
  });
  if (std::ssize(spans) != count ||
      (!whole.generated.empty() && spans.size() != whole.generated.size()))
    throw Error(ErrorKind::kInput,
                "the chat template has no {% generation %} block of its own for each message of "
                "the assistant");
  return spans;
}

LearnedConversation ChatFormat::learn(const Json& messages, const std::vector<bool>& counts) const {
  if (!usual_) throw Error(ErrorKind::kInput, why_not_);
  const SpecialTexts& special = this->special();
  const ContentMarks marks(special, messages);
  const chat::Rendering whole =
      render({.messages = messages, .add_generation_prompt = false}, marks);
  std::vector<Span> spans = answers(messages, whole, marks);
  for (Span& span : spans)
    for (size_t* place : {&span.begin, &span.end})
      *place = marks.without_marks(std::string_view(whole.text).substr(0, *place)).size();
  std::vector<bool> span_counts;
  const Json::Array& all = messages.as_array("messages");
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].at("role", "messages").as_string("role") == "assistant")
      span_counts.push_back(counts[i]);

  LearnedConversation learned;
  size_t expected = 0, begin = 0, span = 0;
  for (const std::string& piece : marks.pieces(whole.text)) {
    expected += special.count(piece);
    const auto encodings = tokenizer_.encode_texts(piece, std::nullopt, {.special = false});
    const components::Encoding& encoding = encodings.front();
    for (size_t i = 0; i < encoding.size(); ++i) {
      const int32_t id = encoding.ids[i];
      const size_t from = begin + encoding.byte_offsets[i].begin;
      const size_t to = begin + encoding.byte_offsets[i].end;
      while (span < spans.size() && spans[span].end <= from) ++span;
      const bool inside = span < spans.size() && to > spans[span].begin;
      learned.ids.push_back(id);
      learned.written.push_back(inside && span_counts[span]);
      if (!inside || span + 1 < spans.size()) continue;
      const std::string_view text(piece.data() + encoding.byte_offsets[i].begin, to - from);
      if (!is_special_[static_cast<size_t>(id)]) {
        if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) learned.end.reset();
      } else if (!learned.end) {
        learned.end = id;
      }
    }
    begin += piece.size();
  }
  check_special(learned.ids, expected);
  return learned;
}

std::optional<int32_t> ChatFormat::turn_end_id() const {
  const auto message = [](const char* role) {
    return Json(Json::Object{{"role", role}, {"content", "a"}});
  };
  try {
    return learn(Json::Array{message("user"), message("assistant")}, {true, true}).end;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace lmos::conversation
