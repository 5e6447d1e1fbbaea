// The beginning and the end of the graphs that lmos.model/1 calls causal_lm.loss and
// causal_lm.logits: every decoder has these in common.
#pragma once

#include <string>
#include <string_view>

#include "llmasos/graph.hpp"
#include "llmasos/model.h"

namespace lmos::sdk {

class CausalLm {
 public:
  // Declares the inputs. Throws Error(LMOS_UNSUPPORTED) for any other task.
  CausalLm(GraphBuilder& graph, std::string_view task)
      : graph_(graph), loss_(task == LMOS_TASK_CAUSAL_LM_LOSS) {
    if (!loss_ && task != LMOS_TASK_CAUSAL_LM_LOGITS)
      throw unsupported("this model has no task `" + std::string(task) +
                        "`; it has " LMOS_TASK_CAUSAL_LM_LOSS " and " LMOS_TASK_CAUSAL_LM_LOGITS);
    tokens_ = graph.symbol("tokens");
    sequence_ = graph.symbol("sequence");
    input_ids_ = graph.input("input_ids", LMOS_I32, {tokens_});
    positions_ = graph.input("positions", LMOS_I32, {tokens_});
    segments_ = graph.input("segments", LMOS_I32, {tokens_});
    selection_ = loss_ ? graph.input("labels", LMOS_I32, {tokens_})
                       : graph.input("rows", LMOS_I32, {graph.symbol("rows")});
  }

  int64_t tokens() const { return tokens_; }
  int64_t sequence() const { return sequence_; }
  Value input_ids() const { return input_ids_; }
  Value positions() const { return positions_; }
  Value segments() const { return segments_; }

  // hidden [tokens, embed] -> the rows whose logits the task wants. Before the final norm, so that
  // no other row is normalised.
  Value wanted_rows(Value hidden) {
    return loss_ ? hidden : graph_.gather_rows(hidden, selection_);
  }

  // Emits the task's output: hidden are the wanted rows after the final norm; head [vocab, embed].
  void finish(Value hidden, Value head) {
    if (loss_)
      graph_.output("loss", graph_.linear_cross_entropy(hidden, head, selection_, kIgnoredLabel));
    else
      graph_.output("logits", graph_.matmul_transposed(hidden, head, graph_.accumulation_dtype()));
  }

 private:
  static constexpr int64_t kIgnoredLabel = -100;

  GraphBuilder& graph_;
  bool loss_;
  int64_t tokens_, sequence_;
  Value input_ids_, positions_, segments_;
  Value selection_;  // labels [tokens], or rows [rows]
};

}  // namespace lmos::sdk
