#include "evaluate/write_texts.h"

#include "errors/error.h"
#include "infer/generator.h"

namespace lmos::evaluate {

bool write_texts(infer::TextModel& model, std::span<WrittenText> texts,
                 const WritingOptions& options, const std::atomic<bool>& cancelled,
                 const std::function<void(uint64_t done, uint64_t total)>& progress) {
  std::vector<infer::GenerationRequest> requests;
  for (const WrittenText& text : texts) {
    infer::GenerationRequest request;
    request.prompt_ids = model.tokenizer().encode(text.prompt, true);
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
                             model.tokenizer(), model.end_ids());
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
