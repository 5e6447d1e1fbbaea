#include "errors/error.h"
#include "formats/model_files.h"
#include "llmasos/model.h"
#include "pipeline/load_pipeline.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/options_pipeline.h"

namespace lmos {
namespace {

// What the folder's model was made for, if that is to answer records.
std::string record_task(components::Catalogue& catalogue, const std::string& folder) {
  const std::string task(catalogue.open_model("", ModelFiles(folder))->task());
  for (const char* known : {LMOS_TASK_SEQUENCE_CLASSIFICATION, LMOS_TASK_TOKEN_CLASSIFICATION,
                            LMOS_TASK_QUESTION_ANSWERING})
    if (task == known) return task;
  throw Error(ErrorKind::kUsage, "the model in " + folder + " is made for " + task +
                                     "; predict needs one that was fine-tuned for " +
                                     LMOS_TASK_SEQUENCE_CLASSIFICATION + ", " +
                                     LMOS_TASK_TOKEN_CLASSIFICATION + " or " +
                                     LMOS_TASK_QUESTION_ANSWERING);
}

int predict(const Arguments& arguments, Session& session) {
  OptionsPipeline tree("evaluate", arguments);
  tree.put("dataset.plugin", "records");
  tree.put("dataset.path", arguments.text("input").value());
  if (const auto length = arguments.integer("length", 1)) tree.put("dataset.sequence", *length);
  tree.put("task.kind", record_task(session.catalogue(), arguments.text("model").value()));
  tree.put("evaluate.answers", arguments.text("output").value());
  tree.put("evaluate.batches", int64_t{0});
  return run_evaluation(
      make_pipeline(tree.tree(), arguments.texts("set"), session.catalogue().schemas()), session,
      arguments.flag("json"));
}

}  // namespace

Command predict_command() {
  return {
      {.name = "predict",
       .summary = "Classes of texts or words, or answers to questions, by an encoder such as BERT.",
       .detail =
           "Reads records and writes a line for each, with its \"id\" if it has one. A model for "
           "sequence_classification reads {\"text\": …} and writes {\"label\", \"class\", "
           "\"probabilities\"}; one for token_classification reads {\"tokens\": […]} and writes "
           "{\"tags\": […]}; one for question_answering reads {\"question\": …, \"context\": …} "
           "and writes {\"answer\", \"begin\", \"score\"}. Where the records have labels, their "
           "metrics are printed. --set changes any key, for instance task.text=sentence.",
       .positionals = {},
       .options =
           {{.name = "model",
             .value = "DIR",
             .doc = "A Hugging Face model folder.",
             .required = true},
            {.name = "input",
             .value = "FILE",
             .doc = "Records: JSON lines, JSON, TSV or CSV.",
             .required = true},
            {.name = "output", .value = "FILE", .doc = "JSON lines to write.", .required = true},
            adapter_option(),
            tokenizer_option(),
            {.name = "length",
             .value = "N",
             .doc = "Most tokens of a record that are read at once.",
             .default_text = "as many as the model can"},
            backend_option(),
            compute_option(),
            weights_option(),
            threads_option(),
            set_option(),
            json_option()}},
      predict};
}

}  // namespace lmos
