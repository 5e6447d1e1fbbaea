#include "serve/completion_writer.h"

#include <vector>

#include "formats/json_string.h"
#include "formats/json_text.h"
#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/choices_answer.h"

namespace lmos::serve {
namespace {

class CompletionWriter final : public AnswerWriter {
 public:
  CompletionWriter(std::shared_ptr<HttpExchange> exchange, const CompletionRequest& request)
      : answer_(std::move(exchange), request.form, "cmpl-", "text_completion", request.model),
        choices_(request.prompts.size() * static_cast<size_t>(request.form.n)) {}

  void begin() override { answer_.begin(); }

  void add(const TextPiece& piece) override {
    Choice& choice = choices_[piece.index];
    if (answer_.streaming()) {
      send(piece, choice.characters);
      choice.characters += count_characters(piece.text);
      return;
    }
    choice.text += piece.text;
    choice.logprobs.append(piece.logprobs);
    if (piece.finish) choice.finish = *piece.finish;
  }

  void end(const Usage& usage) override {
    answer_.end(usage, choices_.size(), [this](size_t index) { return choice_json(index); });
  }

  void fail(const ApiError& error) override { answer_.fail(error); }

 private:
  struct Choice {
    std::string text;
    TokenLogprobs logprobs;
    wire::FinishKind finish = wire::FinishKind::kLength;
    size_t characters = 0;  // given out, in a stream
  };

  static Json logprobs_json(const TokenLogprobs& logprobs, size_t first_offset) {
    return logprobs.empty() ? Json() : logprobs.completion_json(first_offset);
  }

  void send(const TextPiece& piece, size_t first_offset) {
    std::string text = "\"text\":";
    append_json_string(piece.text, text);
    answer_.send(piece.index, text, compact_json(logprobs_json(piece.logprobs, first_offset)),
                 piece.finish ? finish_reason_text(*piece.finish) : "");
  }

  Json choice_json(size_t index) const {
    const Choice& choice = choices_[index];
    return Json::Object{{"index", index},
                        {"text", choice.text},
                        {"logprobs", logprobs_json(choice.logprobs, 0)},
                        {"finish_reason", finish_reason_text(choice.finish)}};
  }

  ChoicesAnswer answer_;
  std::vector<Choice> choices_;
};

}  // namespace

std::unique_ptr<AnswerWriter> completion_writer(std::shared_ptr<HttpExchange> exchange,
                                                const CompletionRequest& request) {
  return std::make_unique<CompletionWriter>(std::move(exchange), request);
}

}  // namespace lmos::serve
