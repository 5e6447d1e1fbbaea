// How a model wants conversations: its chat template, the tokens that end a turn, and how it writes
// calls of tools.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chat_template/chat_template.h"
#include "components/tokenizer.h"
#include "conversation/content_marks.h"
#include "conversation/special_texts.h"
#include "conversation/template_source.h"
#include "formats/json.h"
#include "formats/model_files.h"

namespace lmos::conversation {

// How answers hold calls of tools.
enum class ToolCallStyle {
  kNone,    // the template has no place for tools
  kOther,   // in a way that is not known here
  kTagged,  // <tool_call>{"name": …, "arguments": {…}}</tool_call>, as Hermes and Qwen do
  kJson,    // the whole answer is {"name": …, "parameters": {…}}, as LLaMA 3 does
};

// What a template is rendered with.
struct Conversation {
  // Objects with a role, a content (a text), and where they are given name, tool_calls and
  // tool_call_id. The arguments of tool_calls are objects.
  Json messages;
  Json tools;                         // a list, or null
  Json variables = Json::Object();    // others of the template's, such as enable_thinking
  bool add_generation_prompt = true;  // end where the model's answer begins
};

// A conversation to learn from.
struct LearnedConversation {
  std::vector<int32_t> ids;
  std::vector<uint8_t> written;  // 1: a token of an answer of the assistant that counts
  std::optional<int32_t> end;    // the first of the special tokens that end the last answer
};

// One thread at a time.
class ChatFormat {
 public:
  // `tokenizer` outlives it. `chosen`: a template's file, in place of the model's own; empty: none.
  // Error(kInput) where that can't be used. A template of the model's own that can't be used is
  // told by encode() only, for the model has other uses.
  ChatFormat(const ModelFiles& files, const std::filesystem::path& chosen,
             const components::Tokenizer& tokenizer);
  // Error(kInput) where a template can't be used.
  ChatFormat(const ModelTemplates& templates, const components::Tokenizer& tokenizer);

  // Whether there is a template that encode() can use.
  bool usable() const { return usual_.has_value(); }
  ToolCallStyle tool_calls() const { return tool_calls_; }
  // The token that the tokenizer's configuration says ends a text or a turn; none if it is silent.
  std::optional<int32_t> end_id() const { return end_id_; }

  // The prompt's tokens. What messages and tools say becomes ordinary text, even where it spells
  // special tokens. Error(kInput) `FILE:LINE: …` where the template fails or exceeds its limits,
  // and where there is none.
  std::vector<int32_t> encode(const Conversation& conversation) const;

  // A whole conversation, whose answers are what {% generation %} blocks of the template write;
  // without such blocks, what it adds when an answer is added to the conversation. `counts`: for
  // each message, whether the answer that it is counts. Errors as of encode(), and Error(kInput)
  // where the answers can't be told from the rest.
  LearnedConversation learn(const Json& messages, const std::vector<bool>& counts) const;
  // The token that ends a short answer; none where the template writes none, or fails.
  std::optional<int32_t> turn_end_id() const;

 private:
  using Span = chat::Rendering::Span;

  void use(const ModelTemplates& templates);
  // With marks, in the text and in the places of the spans.
  chat::Rendering render(const Conversation& conversation, const ContentMarks& marks) const;
  // Of the rendered text, in order, one for each message of the assistant.
  std::vector<Span> answers(const Json& messages, const chat::Rendering& whole,
                            const ContentMarks& marks) const;
  void drop_end(std::string& text) const;
  void check_special(std::span<const int32_t> ids, size_t expected) const;
  const SpecialTexts& special() const;

  const components::Tokenizer& tokenizer_;
  Json tokens_;  // ModelTemplates::tokens
  std::optional<chat::ChatTemplate> usual_, with_tools_;
  std::string why_not_;  // there is no template to use
  ToolCallStyle tool_calls_ = ToolCallStyle::kNone;
  std::optional<int32_t> end_id_;
  // Looked for at its first use: that takes a look at the whole vocabulary.
  mutable std::optional<SpecialTexts> special_;
  mutable std::vector<bool> is_special_;  // [vocab_size]; the unknown token is not
};

}  // namespace lmos::conversation
