#include "evaluate/write_texts.h"

#include <optional>

#include "conversation/chat_format.h"
#include "errors/error.h"
#include "infer/generator.h"

namespace lmos::evaluate {
namespace {

std::vector<int32_t> encode_conversation(const conversation::ChatFormat& format,
                                         const WrittenText& text) {
  try {
    return format.encode({text.messages, Json()});
  } catch (const Error& error) {
    throw Error(error.kind(), text.where + ": " + error.what());
  }
}

}  // namespace

bool write_texts(infer::TextModel& model, std::span<WrittenText> texts,
                 const WritingOptions& options, const std::atomic<bool>& cancelled,
                 const std::function<void(uint64_t done, uint64_t total)>& progress) {
  std::vector<int32_t> end_ids = model.end_ids();
  std::optional<conversation::ChatFormat> format;
  if (!texts.empty() && !texts.front().messages.is_null()) {
    format.emplace(model.files(), model.adapter_chat_template(), model.tokenizer());
    if (!format->usable())
      throw Error(ErrorKind::kInput,
                  texts.front().where +
                      ": `messages` need a chat template (the folder's chat_template.jinja, or in "
                      "its tokenizer_config.json), and the model has none that can be used");
    if (format->end_id()) end_ids.push_back(*format->end_id());
  }
  std::vector<infer::GenerationRequest> requests;
  for (const WrittenText& text : texts) {
    infer::GenerationRequest request;
    request.prompt_ids =
        format ? encode_conversation(*format, text) : model.tokenizer().encode(text.prompt, true);
    request.max_tokens = options.max_tokens;
    request.sampling.temperature = 0;
    request.stop = options.stop;
    const auto length = std::ssize(request.prompt_ids);
    if (length == 0) throw Error(ErrorKind::kInput, text.where + ": the prompt has no tokens");
    if (model.context() > 0 && length + options.max_tokens > model.context())
      throw Error(ErrorKind::kInput, text.where + ": the prompt's " + std::to_string(length) +
                                         " tokens and " + std::to_string(options.max_tokens) +
                                         " new ones do not fit into the model's context of " +
                                         std::to_string(model.context()) +
                                         "; shorten it or lower max_tokens");
    requests.push_back(std::move(request));
  }
  infer::Generator generator(model.prepare(infer::cache_for(requests, model.context())),
                             model.tokenizer(), std::move(end_ids));
  uint64_t done = 0;
  const auto results =
      generator.run(requests, &cancelled,
                    {.on_text = {}, .on_done = [&](size_t) { progress(++done, texts.size()); }});
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].reason == infer::FinishReason::kCancelled) return false;
    texts[i].prediction = results[i].text;
  }
  return true;
}

}  // namespace lmos::evaluate
