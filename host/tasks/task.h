// What a pipeline trains a model for: which graph of the model, which batches, which metrics.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "components/catalogue.h"
#include "components/tokenizer.h"
#include "data/batches.h"
#include "formats/json.h"
#include "pipeline/pipeline.h"

namespace lmos::tasks {

// The sum of a loss over what was counted, in nats.
struct LossSum {
  double sum = 0;
  int64_t counted = 0;
  double mean() const { return counted == 0 ? 0 : sum / static_cast<double>(counted); }
};

// Of an evaluation.
struct Losses {
  std::map<std::string, LossSum, std::less<>> by_output;  // "loss", "loss.masked_lm"
  double label_bytes = 0;                                 // see Batches
};

struct Metric {
  std::string name;  // as in evaluations.jsonl: "accuracy"
  double value = 0;
};

// Outputs of a graph other than losses, by name.
using Predictions = std::map<std::string, std::vector<float>, std::less<>>;

// Collects the metrics of one evaluation. One thread at a time.
class Scores {
 public:
  virtual ~Scores() = default;
  virtual void add(const data::Batch&, const Predictions&) {}
  // After the last batch, in the order in which they are shown; the loss itself is not among them.
  virtual std::vector<Metric> results(const Losses& losses) const = 0;
  // After the last batch, where Reading::answers is set: a JSON object for each record, in order.
  // Hands them over.
  virtual std::vector<Json> answers() { return {}; }
};

// What tasks read data with. All outlive the batches.
struct Sources {
  components::Catalogue& catalogue;
  const components::Tokenizer& tokenizer;
  std::filesystem::path cache;  // where tokenised data are kept
  std::function<void(const std::string& line)> note;
};

// How a split is read.
struct Reading {
  bool in_order = false;  // one pass from front to back, for evaluation; else shuffled by `seed`
  uint64_t seed = 0;
  int64_t rows = 0;           // sequences in a micro-batch
  int64_t micro_batches = 1;  // in a step
  bool answers = false;       // records need no labels, and scores keep an answer for each
};

class Task {
 public:
  virtual ~Task() = default;

  // The model's tasks (llmasos/model.h) without their ends: "causal_lm" for causal_lm.loss.
  virtual std::string model_task() const = 0;
  // Of the batches that `open` gives for as many rows; known before any data are read.
  virtual std::vector<data::Symbols> shapes(int64_t rows) const = 0;
  // A split of the data ("train", "validation"); none if the data have no such split. Long work
  // reports through the catalogue's progress service.
  virtual std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                              const Reading& reading) const = 0;
  // For batches that `open` gave, which outlive them, as the task does.
  virtual std::unique_ptr<Scores> scores(const data::Batches& batches) const = 0;
  // Names of the classes of a classification; none: there are no classes.
  virtual std::vector<std::string> classes() const { return {}; }

  // Tokens that end what the model learns to write, besides the end of a text.
  virtual std::vector<int32_t> end_ids(const components::Tokenizer&) const { return {}; }

  std::string loss_graph() const { return model_task() + ".loss"; }
};

// The task of a pipeline that trains or evaluates. Keeps a copy of what it needs.
std::unique_ptr<Task> make_task(const Pipeline& pipeline);

}  // namespace lmos::tasks
