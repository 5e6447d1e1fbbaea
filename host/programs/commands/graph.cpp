#include <cstdio>
#include <memory>

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "graph/builder.h"
#include "graph/print.h"
#include "llmasos/model.h"
#include "passes/kv_cache.h"
#include "programs/commands/command.h"
#include "programs/pipeline_model.h"
#include "tasks/task.h"
#include "train/training_graph.h"

namespace lmos {
namespace {

// Runs Graphviz's `dot` on the text.
void write_svg(const std::string& dot, const std::string& path) {
  const std::string source = path + ".dot";
  write_file_atomically(source, dot);
  std::string quoted;
  for (const std::string& word : {path, source}) {
    quoted += " '";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    quoted += "'";
  }
  const int status = std::system(("dot -Tsvg -o" + quoted).c_str());
  if (status != 0)
    throw Error(ErrorKind::kResource,
                "Graphviz could not draw " + source +
                    " (is `dot` installed? apt-get install graphviz); the DOT text was kept");
  std::remove(source.c_str());
}

graph::Graph stage(const PipelineModel& model, const Pipeline& pipeline, const std::string& name) {
  if (name == "generate") {
    graph::Graph graph = model.graph(LMOS_TASK_CAUSAL_LM_LOGITS, false);
    graph::Builder builder(graph);
    return passes::kv_cache(graph, {builder.symbol("pages"), builder.symbol("page_tokens"),
                                    builder.symbol("sequences"), builder.symbol("sequence_pages")});
  }
  const graph::Graph loss = model.graph(tasks::make_task(pipeline)->loss_graph(), name == "train");
  if (name == "loss") return loss;
  return train::training_graph(
      loss,
      {train::MicroStep::kUpdate, pipeline.train && pipeline.train->recompute,
       pipeline.optimizer ? pipeline.optimizer->clip : 0, pipeline.backend.compute == LMOS_F16,
       pipeline.train && pipeline.train->stochastic_rounding});
}

int print_graph(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  const PipelineModel model(session.catalogue(), pipeline);
  const graph::Graph graph = stage(
      model, pipeline,
      arguments.text_or("stage", pipeline.kind == PipelineKind::kTrain ? "train" : "generate"));
  if (const auto svg = arguments.text("svg")) {
    write_svg(graph::print_dot(graph), *svg);
  } else {
    std::fputs((arguments.flag("dot") ? graph::print_dot(graph) : graph::print(graph)).c_str(),
               stdout);
  }
  return 0;
}

}  // namespace

Command graph_command() {
  return {
      {.name = "graph",
       .summary = "Print the graph of a pipeline as text, DOT or SVG.",
       .detail = {},
       .positionals = {{.name = "FILE", .doc = "The pipeline."}},
       .options =
           {set_option(),
            {.name = "stage",
             .value = "STAGE",
             .doc = "loss: as the model emits it; train: a whole step; generate: with the cache.",
             .default_text = "train or generate, by the file's kind",
             .choices = {"loss", "train", "generate"}},
            {.name = "dot", .value = {}, .doc = "Print DOT for Graphviz."},
            {.name = "svg", .value = "PATH", .doc = "Draw it into this file with Graphviz."}}},
      print_graph};
}

}  // namespace lmos
