#include "programs/pipeline_model.h"

#include "components/peft_adapter.h"
#include "components/weight_storage.h"
#include "errors/error.h"
#include "tasks/task.h"
#include "train/run_graph.h"

namespace lmos {
namespace {

int64_t vocab_size(components::Catalogue& catalogue, const Pipeline& pipeline) {
  const TokenizerSection& section = pipeline.tokenizer.value();
  if (!section.train_options)
    return catalogue.open_tokenizer(section.plugin, section.path)->vocab_size();
  const auto learned = std::filesystem::path(pipeline.checkpoint->folder) / "tokenizer.json";
  if (std::filesystem::exists(learned))
    return catalogue.open_tokenizer(section.plugin, learned)->vocab_size();
  const ConfigTree* size = section.train_options->find("vocab_size");
  const ConfigTree* kind = section.train_options->find("kind");
  const bool open_ended =
      kind != nullptr && kind->kind() == ConfigKind::kString && kind->as_string() == "characters";
  if (size == nullptr || open_ended)
    throw Error(ErrorKind::kConfiguration,
                "the size of the vocabulary is known only once the tokenizer is learned; start the "
                "run once "
                "(`llmasos train`), or give tokenizer.path");
  return size->as_int();
}

}  // namespace

PipelineModel::PipelineModel(components::Catalogue& catalogue, const Pipeline& pipeline)
    : pipeline_(pipeline), compute_(pipeline.backend.compute) {
  std::vector<std::string> classes;
  if (pipeline.dataset) classes = tasks::make_task(pipeline)->classes();
  if (pipeline.model.path.empty())
    model_ = catalogue.create_model(pipeline.model, vocab_size(catalogue, pipeline),
                                    pipeline.dataset->sequence, classes);
  else
    model_ = catalogue.open_model(pipeline.model.plugin, ModelFiles(pipeline.model.path), classes);
}

graph::Graph PipelineModel::graph(std::string_view task, bool training) const {
  if (pipeline_.kind == PipelineKind::kTrain)
    return train::run_graph(*model_, std::string(task), training, pipeline_).loss;
  graph::Graph base = model_->graph(task, training, compute_, compute_);
  base = components::with_storage(base, pipeline_.model.weights, compute_);
  const std::string& adapter = pipeline_.model.adapter;
  return adapter.empty() ? base : components::PeftAdapter(adapter).add_to(base);
}

}  // namespace lmos
