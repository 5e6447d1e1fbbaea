#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <memory>

#include "components/peft_adapter.h"
#include "components/weight_storage.h"
#include "components/weights.h"
#include "errors/error.h"
#include "evaluate/perplexity.h"
#include "evaluate/questions.h"
#include "evaluate/write_texts.h"
#include "evaluate/written_texts.h"
#include "formats/atomic_file.h"
#include "formats/json_text.h"
#include "infer/text_model.h"
#include "pipeline/load_pipeline.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/options_pipeline.h"
#include "programs/training_display.h"
#include "registry/probe_cache.h"
#include "tasks/task.h"
#include "train/evaluation.h"
#include "train/trainer.h"

namespace lmos {
namespace {

// A figure with its name, for the table and for JSON.
struct Figure {
  std::string name;
  Json value;
  double standard_error = 0;  // 0: not known
};
using Figures = std::vector<Figure>;

// A metric that is a count is shown as an integer.
bool is_count(double value) { return value == std::floor(value) && std::abs(value) < 0x1p53; }

std::string text_of(const Json& value) {
  if (value.is_int64()) return format_count(value.as_int64("figure"));
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value.as_double("figure"));
  return text;
}

void print_figures(const Figures& figures, bool json) {
  if (json) {
    Json answer = Json::Object();
    for (const Figure& figure : figures) {
      answer.set(figure.name, figure.value);
      if (figure.standard_error > 0) answer.set(figure.name + "_stderr", figure.standard_error);
    }
    std::printf("%s\n", compact_json(answer).c_str());
    return;
  }
  for (const Figure& figure : figures) {
    std::printf("%-20s %14s", figure.name.c_str(), text_of(figure.value).c_str());
    if (figure.standard_error > 0) std::printf("  ± %.4f", figure.standard_error);
    std::printf("\n");
  }
}

// Where tokenised data is kept when no training run owns it.
std::filesystem::path token_cache() {
  const auto folder = registry::user_cache_folder();
  return (folder.empty() ? std::filesystem::temp_directory_path() / "llmasos" : folder) / "tokens";
}

// What an evaluation works with.
struct Evaluation {
  const Pipeline& pipeline;
  components::Catalogue& catalogue;
  runtime::Device& device;
  TrainingDisplay& display;

  bool report(std::string_view what, uint64_t done, uint64_t total) const {
    display.on_work(what, done, total);
    return !Session::interrupted().load();
  }
};

// Figures of a part of the data would look like those of all.
void refuse_what_is_interrupted() {
  if (Session::interrupted().load())
    throw Error(ErrorKind::kInterrupted, "interrupted before all was evaluated: no figures");
}

// What training reports of its validation data.
Figures as_in_training(const Evaluation& run) {
  Pipeline pipeline = run.pipeline;
  const ModelFiles folder(pipeline.model.path);
  const auto tokenizer =
      pipeline.tokenizer
          ? run.catalogue.open_tokenizer(pipeline.tokenizer->plugin, pipeline.tokenizer->path)
          : run.catalogue.open_tokenizer("", folder.tokenizer_path());
  if (pipeline.dataset->sequence == 0)
    pipeline.dataset->sequence = run.catalogue.open_model(pipeline.model.plugin, folder)->context();
  const auto task = tasks::make_task(pipeline);
  const auto model = run.catalogue.open_model(pipeline.model.plugin, folder, task->classes());
  const auto open = [&](const char* split) {
    return train::open_in_order(run.catalogue, pipeline, *task, split, *tokenizer, token_cache(),
                                run.display);
  };
  auto source = open("validation");
  if (!source) source = open("train");

  const lmos_dtype compute = pipeline.backend.compute;
  graph::Graph loss = model->graph(task->loss_graph(), false, compute, compute);
  loss = components::with_storage(loss, pipeline.model.weights, compute);
  const Weights weights = folder.open_weights();
  runtime::Stream stream(run.device);
  runtime::TensorStore tensors(run.device);
  components::load_weights(tensors, stream, loss, weights, compute, pipeline.model.path,
                           {.share = true});
  if (!pipeline.model.adapter.empty()) {
    const components::PeftAdapter adapter(pipeline.model.adapter);
    adapter.load(tensors, stream, loss);
    loss = adapter.add_to(loss);
  }
  train::Evaluator evaluator(run.device, loss, *task, *source, tensors);
  const runtime::Buffer arena =
      run.device.allocate(evaluator.arena_bytes(), runtime::MemoryCategory::kActivations);
  evaluator.use_arena(arena);
  const train::EvaluationResult result =
      evaluator.run(pipeline.evaluate->batches, [&](int64_t done, int64_t total) {
        return run.report("evaluate", static_cast<uint64_t>(done), static_cast<uint64_t>(total));
      });
  refuse_what_is_interrupted();
  if (const std::string& path = pipeline.evaluate->answers; !path.empty()) {
    if (result.answers.empty())
      throw Error(ErrorKind::kConfiguration,
                  "evaluate.answers needs a task over records that has answers; task.kind is " +
                      pipeline.task.kind);
    std::string lines;
    for (const Json& answer : result.answers) lines += compact_json(answer) + "\n";
    write_file_atomically(path, lines);
  }
  Figures figures;
  if (result.counted) figures.push_back({"loss", result.loss});
  for (const auto& [name, value] : result.metrics)
    figures.push_back({name, is_count(value) ? Json(static_cast<int64_t>(value)) : Json(value)});
  return figures;
}

// Each document on its own, in windows.
Figures windowed_loss(const Evaluation& run, infer::TextModel& model) {
  const DatasetSection& section = *run.pipeline.dataset;
  auto dataset = run.catalogue.open_dataset(section, "validation");
  if (!dataset) dataset = run.catalogue.open_dataset(section, "train");
  evaluate::PerplexityOptions options;
  options.context =
      section.sequence == 0 ? model.context() : std::min(section.sequence, model.context());
  options.stride = std::min(run.pipeline.evaluate->stride, options.context);
  const uint64_t total = dataset->total_bytes();
  const evaluate::Perplexity result = evaluate::measure_perplexity(
      model, run.catalogue.services().threads(),
      [&](std::string& document) { return dataset->next(document); }, options,
      [&](uint64_t bytes) { return run.report("evaluate", bytes, total); });
  return {{"loss", result.loss, result.standard_error},
          {"perplexity", result.perplexity(), result.perplexity() * result.standard_error},
          {"bits_per_byte", result.bits_per_byte()},
          {"bits_per_character", result.bits_per_character()},
          {"tokens", result.tokens},
          {"documents", result.documents}};
}

Figures figures_of(const std::vector<evaluate::Metric>& metrics) {
  Figures figures;
  for (const evaluate::Metric& metric : metrics)
    figures.push_back({metric.name, metric.value, metric.standard_error});
  return figures;
}

Figures answers(const Evaluation& run, infer::TextModel& model) {
  const EvaluateSection& section = *run.pipeline.evaluate;
  const auto questions = evaluate::read_task_file(section.tasks);
  const auto metrics = evaluate::answer_questions(
      model, run.catalogue.services().threads(), questions,
      {section.delimiter, section.unconditional},
      [&](uint64_t done, uint64_t total) { return run.report("answer", done, total); });
  refuse_what_is_interrupted();
  Figures figures = figures_of(metrics);
  figures.push_back({"questions", std::ssize(questions)});
  return figures;
}

// Where each text goes with its scores; none without a path.
std::unique_ptr<AtomicFile> answers_file(const std::string& path) {
  return path.empty() ? nullptr : std::make_unique<AtomicFile>(path);
}

Figures judge_texts(std::span<const evaluate::WrittenText> texts, const std::string& tokenizer,
                    AtomicFile* output) {
  const evaluate::TextScores scores = evaluate::score_texts(
      texts, tokenizer == "zh" ? metrics::BleuTokenizer::kZh : metrics::BleuTokenizer::k13a);
  if (output) {
    for (const Json& record : scores.records) output->write(compact_json(record) + "\n");
    output->commit();
  }
  Figures figures = figures_of(scores.metrics);
  figures.push_back({"texts", std::ssize(texts)});
  return figures;
}

Figures written_answers(const Evaluation& run, infer::TextModel& model) {
  const EvaluateSection& section = *run.pipeline.evaluate;
  auto texts = evaluate::read_written_texts(section.prompts, evaluate::TextSource::kPrompt);
  // Before the work, so that what can't be written is told at once.
  const auto output = answers_file(section.answers);
  evaluate::write_texts(
      model, texts, {section.max_tokens, section.stop}, Session::interrupted(),
      [&](uint64_t done, uint64_t total) { run.report("generate", done, total); });
  refuse_what_is_interrupted();
  return judge_texts(texts, section.bleu_tokenizer, output.get());
}

Figures evaluate_all(const Evaluation& run) {
  const EvaluateSection& section = *run.pipeline.evaluate;
  Figures figures;
  if (run.pipeline.dataset && section.stride == 0) figures = as_in_training(run);
  if (section.stride == 0 && section.tasks.empty() && section.prompts.empty()) return figures;
  infer::TextModelOptions options;
  options.adapter = run.pipeline.model.adapter;
  options.model_plugin = run.pipeline.model.plugin;
  if (run.pipeline.tokenizer) {
    options.tokenizer_plugin = run.pipeline.tokenizer->plugin;
    options.tokenizer_path = run.pipeline.tokenizer->path;
  }
  options.compute = run.pipeline.backend.compute;
  options.weights = run.pipeline.model.weights;
  infer::TextModel model(run.catalogue, run.device, run.pipeline.model.path, options);
  if (section.stride > 0) figures = windowed_loss(run, model);
  if (!section.tasks.empty()) std::ranges::move(answers(run, model), std::back_inserter(figures));
  if (!section.prompts.empty())
    std::ranges::move(written_answers(run, model), std::back_inserter(figures));
  return figures;
}

}  // namespace

int run_evaluation(const Pipeline& pipeline, Session& session, bool json) {
  Session::catch_signals();
  components::Catalogue& catalogue = session.catalogue();
  TrainingDisplay display(session.listener());
  catalogue.services().set_progress([&](std::string_view what, uint64_t done, uint64_t total) {
    display.on_work(what, done, total);
    return !Session::interrupted().load();
  });
  const auto device = catalogue.open_device(pipeline.backend);
  const Figures figures = evaluate_all({pipeline, catalogue, *device, display});
  display.finish();
  print_figures(figures, json);
  return 0;
}

namespace {

Pipeline pipeline_from_options(const Arguments& arguments, Session& session) {
  OptionsPipeline tree("evaluate", arguments);
  if (const auto path = arguments.text("text")) {
    tree.put("dataset.plugin", "text");
    tree.put("dataset.path", *path);
    const int64_t stride = arguments.integer("stride", 1).value_or(0);
    const auto context = arguments.integer("context", 1);
    if (context) tree.put("dataset.sequence", *context);
    tree.put("evaluate.stride", stride > 0 ? stride : context.value_or(512));
  }
  if (const auto tasks = arguments.text("tasks")) tree.put("evaluate.tasks", *tasks);
  if (const auto delimiter = arguments.text("delimiter"))
    tree.put("evaluate.delimiter", *delimiter);
  if (arguments.flag("unconditional")) tree.put("evaluate.unconditional", true);
  if (const auto prompts = arguments.text("generate")) {
    tree.put("evaluate.prompts", *prompts);
  } else {
    for (const char* name : {"max-tokens", "stop", "bleu-tokenizer"})
      if (!arguments.texts(name).empty())
        throw Error(ErrorKind::kUsage, "--" + std::string(name) + " goes with --generate");
  }
  tree.put_text_limits("evaluate", arguments);
  if (const auto tokenizer = arguments.text("bleu-tokenizer"))
    tree.put("evaluate.bleu_tokenizer", *tokenizer);
  if (const auto answers = arguments.text("answers")) tree.put("evaluate.answers", *answers);
  return make_pipeline(tree.tree(), arguments.texts("set"), session.catalogue().schemas());
}

int judge_predictions(const Arguments& arguments, const std::string& path) {
  for (const char* name : {"FILE", "model", "adapter", "tokenizer", "text", "context", "stride",
                           "tasks", "delimiter", "unconditional", "generate", "max-tokens", "stop",
                           "backend", "compute", "weights", "threads", "set"})
    if (!arguments.texts(name).empty())
      throw Error(ErrorKind::kUsage,
                  "--predictions judges texts that are written already, without "
                  "a model: it does not go with " +
                      std::string(name == std::string_view("FILE") ? "" : "--") + name);
  const std::string tokenizer = arguments.text("bleu-tokenizer").value_or("13a");
  if (tokenizer != "13a" && tokenizer != "zh")
    throw Error(ErrorKind::kUsage, "--bleu-tokenizer must be 13a or zh, not \"" + tokenizer + "\"");
  const auto texts = evaluate::read_written_texts(path, evaluate::TextSource::kPrediction);
  const auto output = answers_file(arguments.text_or("answers", ""));
  print_figures(judge_texts(texts, tokenizer, output.get()), arguments.flag("json"));
  return 0;
}

int evaluate_model(const Arguments& arguments, Session& session) {
  if (const auto predictions = arguments.text("predictions"))
    return judge_predictions(arguments, *predictions);
  const bool file = arguments.text("FILE").has_value();
  if (file == arguments.text("model").has_value())
    throw Error(ErrorKind::kUsage,
                "give either a pipeline FILE or --model (or --predictions alone)");
  if (!file) {
    if (!arguments.text("text") && !arguments.text("tasks") && !arguments.text("generate"))
      throw Error(ErrorKind::kUsage, "give --text, --tasks or --generate: what to evaluate on");
    return run_evaluation(pipeline_from_options(arguments, session), session,
                          arguments.flag("json"));
  }
  const Pipeline pipeline = session.load_pipeline();
  if (pipeline.kind != PipelineKind::kEvaluate)
    throw Error(ErrorKind::kUsage,
                "the file's kind is " + kind_text(pipeline.kind) + "; use `llmasos run`");
  return run_evaluation(pipeline, session, arguments.flag("json"));
}

}  // namespace

Command evaluate_command() {
  return {
      {.name = "evaluate",
       .summary = "Perplexity of a model on a text, its accuracy on questions, and how near the "
                  "texts that it writes are to others.",
       .detail = "As a pipeline FILE of kind evaluate says, or with --model and any of --text, "
                 "--tasks and --generate, or with --predictions alone. docs/evaluation.md says how "
                 "each figure is computed.",
       .positionals = {{.name = "FILE", .doc = "The pipeline.", .required = false}},
       .options =
           {{.name = "model", .value = "DIR", .doc = "A Hugging Face folder or a GGUF file."},
            adapter_option(),
            tokenizer_option(),
            {.name = "text", .value = "FILE", .doc = "Text to measure perplexity on."},
            {.name = "context",
             .value = "N",
             .doc = "Most tokens that the model reads at once.",
             .default_text = "as many as it can"},
            {.name = "stride",
             .value = "N",
             .doc = "Tokens that each window scores; what it reads besides is context.",
             .default_text = "--context, or 512"},
            {.name = "tasks",
             .value = "FILE",
             .doc = "JSON lines {\"context\": …, \"choices\": […], \"label\": 0} or "
                    "{\"context\": …, \"answer\": …}."},
            {.name = "delimiter",
             .value = "TEXT",
             .doc = "Between a question and its answer.",
             .default_text = "a space"},
            {.name = "unconditional",
             .value = {},
             .doc = "Compare choices also with their own likelihood."},
            {.name = "generate",
             .value = "FILE",
             .doc = "JSON lines {\"prompt\": …, \"references\": [\"…\"]}, or {\"messages\": […]} "
                    "that end with the right answer: BLEU, chrF, ROUGE, exact match and F1 of "
                    "what the model writes."},
            {.name = "max-tokens",
             .value = "N",
             .doc = "Longest text with --generate.",
             .default_text = "128"},
            {.name = "stop",
             .value = "TEXT",
             .doc = "Ends a text with --generate; may be given more than once.",
             .repeated = true},
            {.name = "predictions",
             .value = "FILE",
             .doc = "The same of texts that are written already, without a model: JSON "
                    "lines {\"prediction\": …, \"references\": [\"…\"]}."},
            {.name = "bleu-tokenizer",
             .value = "NAME",
             .doc = "What BLEU takes for words: 13a, or zh for Chinese.",
             .default_text = "13a"},
            {.name = "answers",
             .value = "FILE",
             .doc = "JSON lines to write: each text with its scores."},
            backend_option(),
            compute_option(),
            weights_option(),
            threads_option(),
            set_option(),
            json_option()}},
      evaluate_model};
}

}  // namespace lmos
