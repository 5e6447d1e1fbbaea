// The beginning and the ends of the graphs of encoders' tasks, see model.h.
#pragma once

#include <string>
#include <string_view>

#include "llmasos/graph.hpp"
#include "llmasos/model.h"
#include "llmasos/nn.hpp"

namespace lmos::sdk {

inline constexpr int64_t kIgnoredLabel = -100;

// A task of encoders by its name, and which of its graphs.
class EncoderTask {
 public:
  // Throws Error(LMOS_UNSUPPORTED) for graphs of other tasks.
  explicit EncoderTask(std::string_view graph) {
    const size_t dot = graph.rfind('.');
    task_ = graph.substr(0, dot);
    const std::string_view end = dot == std::string_view::npos ? "" : graph.substr(dot + 1);
    const bool hidden = graph == LMOS_TASK_ENCODING_HIDDEN;
    loss_ = end == "loss";
    bool known = hidden;
    for (const char* name :
         {LMOS_TASK_PRETRAINING, LMOS_TASK_MASKED_LM, LMOS_TASK_SEQUENCE_CLASSIFICATION,
          LMOS_TASK_TOKEN_CLASSIFICATION, LMOS_TASK_QUESTION_ANSWERING})
      known = known || (task_ == name && (loss_ || end == "logits"));
    if (!known)
      throw unsupported("this model has no task `" + std::string(graph) +
                        "`; it has those of encoders: pretraining, masked_lm, "
                        "sequence_classification, token_classification, question_answering, each "
                        "with .loss and .logits, and " LMOS_TASK_ENCODING_HIDDEN);
  }

  bool is(std::string_view task) const { return task_ == task; }
  bool hidden() const { return !loss_ && task_ == "encoding"; }
  bool loss() const { return loss_; }
  // Whether single tokens are told from their surroundings.
  bool masked() const { return is(LMOS_TASK_PRETRAINING) || is(LMOS_TASK_MASKED_LM); }
  // Whether a sequence is judged by its first token.
  bool pooled() const { return is(LMOS_TASK_PRETRAINING) || is(LMOS_TASK_SEQUENCE_CLASSIFICATION); }

 private:
  std::string_view task_;
  bool loss_;
};

// The inputs of one graph. Those that only some tasks have are declared when they are asked for.
class EncoderInputs {
 public:
  explicit EncoderInputs(GraphBuilder& graph)
      : graph_(graph),
        tokens_(graph.symbol("tokens")),
        sequence_(graph.symbol("sequence")),
        sequences_(graph.symbol("sequences")) {
    input_ids_ = per_token("input_ids");
    positions_ = per_token("positions");
    segments_ = per_token("segments");
    token_types_ = per_token("token_types");
  }

  int64_t tokens() const { return tokens_; }
  int64_t sequence() const { return sequence_; }
  int64_t sequences() const { return sequences_; }
  Value input_ids() const { return input_ids_; }
  Value positions() const { return positions_; }
  Value segments() const { return segments_; }
  Value token_types() const { return token_types_; }

  Value per_token(std::string_view name) { return graph_.input(name, LMOS_I32, {tokens_}); }
  Value per_sequence(std::string_view name) { return graph_.input(name, LMOS_I32, {sequences_}); }
  Value per_row(std::string_view name) {
    return graph_.input(name, LMOS_I32, {graph_.symbol("rows")});
  }

 private:
  GraphBuilder& graph_;
  int64_t tokens_, sequence_, sequences_;
  Value input_ids_, positions_, segments_, token_types_;
};

// A classification of n items, as every head ends: emits the output `loss_name`, if there are
// labels, and the output `logits_name`, if it is not empty.
struct ClassificationEnd {
  std::string loss_name;
  std::string logits_name;
  Value labels = kNoValue;  // [n] i32, or none

  // x [n, embed], weight [classes, embed], bias [classes]
  void operator()(GraphBuilder& graph, Value x, Value weight, Value bias) const {
    if (labels != kNoValue)
      graph.output(loss_name, graph.linear_cross_entropy(x, weight, labels, kIgnoredLabel, bias));
    if (!logits_name.empty())
      graph.output(logits_name,
                   graph.cast(graph.linear(x, weight, bias), graph.accumulation_dtype()));
  }
};

// A choice of one token of each sequence: logits [tokens] of the accumulation dtype. Emits the
// output `logits_name`, [sequences, sequence], and, if there are labels [sequences], `loss_name`:
// the cross-entropy times `weight`. Padding is never chosen.
inline void choose_token(GraphBuilder& graph, const EncoderInputs& inputs, Value logits,
                         std::string_view logits_name, std::string_view loss_name, Value labels,
                         double weight) {
  const int64_t n = inputs.sequences(), s = inputs.sequence();
  const lmos_dtype dtype = graph.dtype(logits);
  const Value padding =
      graph.less(graph.reshape(inputs.segments(), {n, s}), graph.filled(LMOS_I32, {n, s}, 0));
  // Far below any score, and finite, so that no difference of two of them is NaN.
  const Value scores =
      graph.select(padding, graph.filled(dtype, {n, s}, -1e30), graph.reshape(logits, {n, s}));
  graph.output(logits_name, scores);
  if (labels == kNoValue) return;
  const auto along = [&](Value x) { return graph.broadcast(graph.reshape(x, {n, 1}), {n, s}); };
  const Value highest = graph.reduce_max(scores, 1);
  const Value total = graph.reduce_sum(graph.exp(graph.sub(scores, along(highest))), 1);
  const Value lse = graph.add(highest, graph.log(total));
  const Value chosen = graph.equal(along(labels), graph.iota(LMOS_I32, {n, s}, 1));
  const Value score =
      graph.reduce_sum(graph.select(chosen, scores, graph.filled(dtype, {n, s}, 0)), 1);
  const Value loss = graph.mul(graph.sub(lse, score), graph.filled(dtype, {n}, weight));
  const Value ignored = graph.less(labels, graph.filled(LMOS_I32, {n}, 0));
  graph.output(loss_name, graph.select(ignored, graph.filled(dtype, {n}, 0), loss));
}

}  // namespace lmos::sdk
