// How a model wants conversations: its chat template, the tokens that end a turn, and how it writes
// calls of tools.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat_template/chat_template.h"
#include "components/tokenizer.h"
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

// One thread at a time.
class ChatFormat {
 public:
  // `tokenizer` outlives it. `chosen`: a template's file, in place of the model's own; empty: none.
  // Error(kInput) where that can't be used. A template of the model's own that can't be used is
  // told by encode() only, for the model has other uses.
  ChatFormat(const ModelFiles& files, const std::filesystem::path& chosen,
             const components::Tokenizer& tokenizer);

  // Whether there is a template that encode() can use.
  bool usable() const { return usual_.has_value(); }
  ToolCallStyle tool_calls() const { return tool_calls_; }
  // The token that the tokenizer's configuration says ends a text or a turn; none if it is silent.
  std::optional<int32_t> end_id() const { return end_id_; }

  // The prompt's tokens. What messages and tools say becomes ordinary text, even where it spells
  // special tokens. Error(kInput) `FILE:LINE: …` where the template fails or exceeds its limits,
  // and where there is none.
  std::vector<int32_t> encode(const Conversation& conversation) const;

 private:
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
