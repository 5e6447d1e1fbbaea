#include "worker/encode_table.h"

#include <optional>

#include "worker/refusal.h"

namespace lmos::worker {
namespace {

infer::EncoderTask task_of(wire::EncodeTask task) {
  return task == wire::EncodeTask::kClassify ? infer::EncoderTask::kClassify
                                             : infer::EncoderTask::kEmbed;
}

// "input" of the only text, "input.3" of one among several.
std::string parameter_of(const wire::Encode& encode, size_t index) {
  return encode.inputs.size() == 1 ? "input" : "input." + std::to_string(index);
}

}  // namespace

EncodeTable::EncodeTable(infer::EncoderEngine& engine, const infer::EncoderModel& model,
                         int64_t context, int64_t queue_tokens, Connection& connection)
    : engine_(engine),
      model_(model),
      context_(context),
      queue_tokens_(queue_tokens),
      connection_(connection) {}

components::Encoding EncodeTable::text_of(const wire::Encode& encode, size_t index) const {
  const wire::EncodeInput& input = encode.inputs[index];
  const std::string parameter = parameter_of(encode, index);
  components::Encoding text;
  if (input.as_tokens) {
    check_ids(model_.tokenizer(), input.ids, parameter);
    text.ids = input.ids;
    if (encode.truncate && std::ssize(text.ids) > context_)
      text.ids.resize(static_cast<size_t>(context_));
    text.type_ids.assign(text.ids.size(), 0);
  } else {
    const auto second =
        input.is_pair ? std::optional<std::string_view>(input.second_text) : std::nullopt;
    text = model_.encode(input.text, second, encode.truncate ? context_ : 0);
  }
  if (text.ids.empty()) refuse(parameter, parameter + ": it has no tokens");
  if (std::ssize(text.ids) > context_)
    refuse(parameter, parameter + ": it has " + std::to_string(text.ids.size()) +
                          " tokens, but the model reads at most " + std::to_string(context_) +
                          "; shorten it, or send \"truncate\": true");
  return text;
}

void EncodeTable::encode(const wire::Encode& encode) {
  refuse_on_error(connection_, encode.request, [&] {
    if (encode.task == wire::EncodeTask::kClassify && model_.labels().empty())
      refuse("model", "model: it has no classes; it was not trained to classify texts");
    std::vector<components::Encoding> texts;
    int64_t total = 0;
    for (size_t i = 0; i < encode.inputs.size(); ++i) {
      texts.push_back(text_of(encode, i));
      total += std::ssize(texts.back().ids);
    }
    // A request that is larger than the queue is served when nothing else is.
    if (queued_tokens() > 0 && queued_tokens() + total > queue_tokens_) {
      connection_.send(wire::Refused{
          encode.request, wire::RefusalKind::kBusy, "",
          "the queue is full: " + std::to_string(queued_tokens()) + " tokens wait; try again"});
      return;
    }
    queued_tokens_ += total;
    connection_.send(wire::Accepted{encode.request, total, ""});
    for (size_t i = 0; i < texts.size(); ++i) {
      const int64_t tokens = std::ssize(texts[i].ids);
      engine_.submit(encode.request, {task_of(encode.task), std::move(texts[i]), encode.tenant},
                     [this, tokens, request = encode.request,
                      index = static_cast<uint32_t>(i)](infer::EncoderResult result) {
                       // Counted before the answer: who has it finds the queue with room.
                       queued_tokens_ -= tokens;
                       if (result.cancelled) return;
                       if (result.error)
                         connection_.send(wire::Refused{request, wire::RefusalKind::kFailed, "",
                                                        result.error->what()});
                       else
                         connection_.send(wire::EncodeAnswer{
                             request, index, std::move(result.values), result.queue_seconds});
                     });
    }
  });
}

}  // namespace lmos::worker
