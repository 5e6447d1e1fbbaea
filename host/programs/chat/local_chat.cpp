#include <algorithm>

#include "conversation/chat_format.h"
#include "errors/error.h"
#include "infer/generator.h"
#include "infer/text_model.h"
#include "programs/chat/chat_model.h"

namespace lmos {
namespace {

constexpr int64_t kPromptChunk = 512;  // tokens of a prompt in one pass

class LocalChat final : public ChatModel {
 public:
  LocalChat(Session& session, const LocalChatOptions& options, const ChatSampling& sampling)
      : folder_(options.folder), sampling_(sampling) {
    BackendSection backend;
    backend.plugin = options.backend;
    backend.threads = options.threads;
    backend.options = ConfigTree::section({});
    device_ = session.catalogue().open_device(backend);
    infer::TextModelOptions model;
    model.compute = options.compute;
    model_ = std::make_unique<infer::TextModel>(session.catalogue(), *device_, folder_, model);
    format_ = std::make_unique<conversation::ChatFormat>(model_->files(), "", model_->tokenizer());
    if (!format_->usable())
      throw Error(
          ErrorKind::kInput,
          folder_ + " has no chat template that can be used; `llmasos generate` continues texts");
    std::vector<int32_t> end_ids = model_->end_ids();
    if (format_->end_id()) end_ids.push_back(*format_->end_id());
    generator_ = std::make_unique<infer::Generator>(
        model_->prepare({1, model_->context(), kPromptChunk}), model_->tokenizer(), end_ids);
  }

  std::string name() const override { return folder_; }
  std::vector<std::string> names() override { return {}; }
  void choose(const std::string&) override {
    throw Error(ErrorKind::kUsage, "only the model of --model is here");
  }

  ChatAnswer answer(const Json& messages, const std::function<void(std::string_view)>& say,
                    const std::atomic<bool>& stop) override {
    infer::GenerationRequest request;
    request.prompt_ids = format_->encode({messages, Json()});
    const int64_t room = model_->context() - static_cast<int64_t>(request.prompt_ids.size());
    if (room <= 0)
      throw Error(ErrorKind::kInput,
                  "the conversation fills the model's context; /reset begins anew");
    request.max_tokens = std::min(room, sampling_.max_tokens.value_or(room));
    const GenerationConfig& usual = model_->files().generation_config();
    request.sampling.temperature = sampling_.temperature.value_or(usual.temperature.value_or(1));
    request.sampling.top_p = sampling_.top_p.value_or(usual.top_p.value_or(1));
    request.sampling.top_k = usual.top_k.value_or(0);
    request.sampling.seed = static_cast<uint64_t>(sampling_.seed.value_or(0));
    infer::check(request.sampling);
    const auto results =
        generator_->run({request}, &stop, {[&](size_t, std::string_view text) { say(text); }, {}});
    const infer::GenerationResult& result = results.front();
    return {result.text, static_cast<int64_t>(result.ids.size()),
            result.reason == infer::FinishReason::kCancelled,
            result.reason == infer::FinishReason::kLength};
  }

 private:
  const std::string folder_;
  const ChatSampling sampling_;
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<infer::TextModel> model_;
  std::unique_ptr<conversation::ChatFormat> format_;
  std::unique_ptr<infer::Generator> generator_;
};

}  // namespace

std::unique_ptr<ChatModel> chat_with_folder(Session& session, const LocalChatOptions& options,
                                            const ChatSampling& sampling) {
  return std::make_unique<LocalChat>(session, options, sampling);
}

}  // namespace lmos
