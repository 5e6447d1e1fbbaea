#include "heads.h"

namespace lmos::bert {

namespace {

using sdk::Axis;
using sdk::ClassificationEnd;
using sdk::GraphBuilder;
using sdk::kNoValue;
using sdk::Value;
namespace nn = sdk::nn;

struct Head {
  const Architecture& architecture;
  GraphBuilder& graph;
  const sdk::EncoderTask& task;
  sdk::EncoderInputs& inputs;
  nn::DropoutSites& sites;
  Value hidden;  // [tokens, embed]

  Axis embed() const { return {"embed", architecture.embed}; }
  nn::Linear linear(const std::string& name, Axis out) const {
    return {name, out, embed(), true, architecture.init_scale};
  }

  // [sequences, embed]
  Value pooled() const {
    const Value first = graph.gather_rows(hidden, inputs.per_sequence("first_tokens"));
    return graph.tanh(linear("bert.pooler.dense", embed())(graph, first));
  }

  // Which words stand where some are masked.
  void masked_lm(const std::string& loss, const std::string& logits) const {
    const Architecture& a = architecture;
    Value x = graph.gather_rows(hidden, inputs.per_row("rows"));
    x = linear("cls.predictions.transform.dense", embed())(graph, x);
    x = nn::activate(graph, a.activation.function, x);
    x = nn::LayerNorm{"cls.predictions.transform.LayerNorm", embed(), a.norm_epsilon}(graph, x);
    const Axis vocab = {"vocab", a.vocab};
    const Value decoder = a.tied ? word_embeddings(a).weight(graph)
                                 : linear("cls.predictions.decoder", vocab).weight(graph);
    // Files name it twice. Untied, these are two parameters of transformers, which reads the
    // second.
    const Value bias =
        nn::bias(graph, a.tied ? "cls.predictions.bias" : "cls.predictions.decoder.bias", vocab);
    if (task.loss())
      ClassificationEnd{loss, "", inputs.per_row("labels")}(graph, x, decoder, bias);
    else
      ClassificationEnd{"", logits}(graph, x, decoder, bias);
  }

  void next_sentence() const {
    const nn::Linear classifier = linear("cls.seq_relationship", {"classes", 2});
    const Value x = pooled();
    const Value labels = task.loss() ? inputs.per_sequence("next_sentence_labels") : kNoValue;
    ClassificationEnd{"loss.next_sentence", "next_sentence_logits", labels}(
        graph, x, classifier.weight(graph), classifier.bias(graph));
  }

  // x [n, embed], labels [n] or none
  void classify(Value x, Value labels) const {
    const nn::Linear classifier = linear("classifier", {"classes", architecture.classes});
    x = sites.drop(x, architecture.classifier_dropout);
    ClassificationEnd{"loss", "logits", labels}(graph, x, classifier.weight(graph),
                                                classifier.bias(graph));
  }

  // Where the answer begins and ends.
  void answer_span() const {
    const Value both =
        graph.cast(linear("qa_outputs", {"classes", 2})(graph, hidden), graph.accumulation_dtype());
    for (const auto& [place, name] : {std::pair{0, std::string("start")}, {1, "end"}}) {
      const Value logits = graph.reshape(graph.slice(both, 1, place, place + 1), {inputs.tokens()});
      const Value labels = task.loss() ? inputs.per_sequence(name + "_labels") : kNoValue;
      sdk::choose_token(graph, inputs, logits, name + "_logits", "loss." + name, labels, 0.5);
    }
  }
};

}  // namespace

nn::Embedding word_embeddings(const Architecture& a) {
  return {"bert.embeddings.word_embeddings",
          {"vocab", a.vocab},
          {"embed", a.embed},
          a.init_scale,
          a.tied};
}

void add_head(const Architecture& architecture, GraphBuilder& graph, const sdk::EncoderTask& task,
              sdk::EncoderInputs& inputs, nn::DropoutSites& sites, Value hidden) {
  const Head head = {architecture, graph, task, inputs, sites, hidden};
  if (task.hidden()) {
    graph.output("hidden", graph.cast(hidden, graph.accumulation_dtype()));
  } else if (task.is(LMOS_TASK_PRETRAINING)) {
    head.masked_lm("loss.masked_lm", "masked_lm_logits");
    head.next_sentence();
  } else if (task.is(LMOS_TASK_MASKED_LM)) {
    head.masked_lm("loss", "logits");
  } else if (task.is(LMOS_TASK_SEQUENCE_CLASSIFICATION)) {
    const Value labels = task.loss() ? inputs.per_sequence("labels") : kNoValue;
    head.classify(head.pooled(), labels);
  } else if (task.is(LMOS_TASK_TOKEN_CLASSIFICATION)) {
    head.classify(hidden, task.loss() ? inputs.per_token("labels") : kNoValue);
  } else {
    head.answer_span();
  }
}

}  // namespace lmos::bert
