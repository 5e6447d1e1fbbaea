#include <fstream>
#include <sstream>

#include "data/tokenize.h"
#include "errors/error.h"
#include "formats/atomic_file.h"
#include "llmasos/text.hpp"
#include "train/end_of_text.h"
#include "train/trainer.h"

namespace lmos::train {
namespace {

using components::Catalogue;
using components::Dataset;
using components::Tokenizer;

std::unique_ptr<Tokenizer> learn_tokenizer(Catalogue& catalogue, const Pipeline& pipeline) {
  const auto dataset = catalogue.open_dataset(*pipeline.dataset, "train");
  std::string document;
  return catalogue.train_tokenizer(*pipeline.tokenizer, dataset->total_bytes(),
                                   [&](std::string_view& text) {
                                     if (!dataset->next(document)) return false;
                                     text = document;
                                     return true;
                                   });
}

// A tokenizer that the run has learned is kept with it: learning is not repeated when the run goes
// on.
std::unique_ptr<Tokenizer> open_tokenizer(Catalogue& catalogue, const Pipeline& pipeline,
                                          const RunFolder& folder) {
  const auto kept = folder.tokenizer();
  const bool learned = pipeline.tokenizer && pipeline.tokenizer->train_options;
  if (learned && std::filesystem::exists(kept))
    return catalogue.open_tokenizer(pipeline.tokenizer->plugin, kept);
  std::unique_ptr<Tokenizer> tokenizer;
  if (learned) {
    tokenizer = learn_tokenizer(catalogue, pipeline);
  } else if (pipeline.tokenizer) {
    tokenizer = catalogue.open_tokenizer(pipeline.tokenizer->plugin, pipeline.tokenizer->path);
  } else {
    tokenizer = catalogue.open_tokenizer("", ModelFiles(pipeline.model.path).tokenizer_path());
  }
  write_file_atomically(kept, tokenizer->json());
  return tokenizer;
}

std::unique_ptr<components::Model> open_model(Catalogue& catalogue, const Pipeline& pipeline,
                                              const Tokenizer& tokenizer) {
  const int64_t sequence = pipeline.dataset->sequence;
  const int64_t vocab = tokenizer.vocab_size();
  if (pipeline.model.path.empty()) return catalogue.create_model(pipeline.model, vocab, sequence);
  auto model = catalogue.open_model(pipeline.model.plugin, ModelFiles(pipeline.model.path));
  if (model->vocab_size() < vocab)
    throw Error(ErrorKind::kConfiguration, "the tokenizer has " + std::to_string(vocab) +
                                               " tokens but the model in " + pipeline.model.path +
                                               " only " + std::to_string(model->vocab_size()) +
                                               "; use the model's own tokenizer");
  if (model->context() < sequence)
    throw Error(ErrorKind::kConfiguration, "dataset.sequence is " + std::to_string(sequence) +
                                               " but the model in " + pipeline.model.path +
                                               " reads at most " +
                                               std::to_string(model->context()) + " tokens");
  return model;
}

data::Sampling sampling(SamplingKind kind) {
  return kind == SamplingKind::kRandomWindows ? data::Sampling::kRandomWindows
                                              : data::Sampling::kEpochs;
}

// What tokenising one split needs, in the terms of host/data.
std::shared_ptr<const data::TokenStream> tokenized(Catalogue& catalogue, Dataset& dataset,
                                                   const Tokenizer& tokenizer,
                                                   const std::filesystem::path& cache,
                                                   RunEvents& events) {
  const data::TextDocuments documents{
      [&] { return dataset.fingerprint(); }, dataset.total_bytes(),
      [&](std::string& document) { return dataset.next(document); }};
  const data::TextEncoder encoder{
      tokenizer.json(), tokenizer.vocab_size(),
      [&](std::string_view text) { return tokenizer.encode(text, false); }};
  data::TokenizeOptions options;
  options.cache_folder = cache;
  options.end_of_text = end_of_text_id(tokenizer);
  data::TokenizeServices services;
  services.progress = [&](uint64_t done, uint64_t total) {
    if (!catalogue.services().report_progress("tokenise", done, total))
      throw Error(
          ErrorKind::kInterrupted,
          "interrupted while tokenising; nothing was lost, the same command starts it again");
  };
  services.warn = [&](const std::string& line) { events.on_note(line); };
  services.parallel_for = [&](int64_t count, const std::function<void(int64_t)>& body) {
    catalogue.services().threads().parallel_for(count, 1, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t i = begin; i < end; ++i) body(i);
    });
  };
  return std::make_shared<const data::TokenStream>(
      data::tokenize(documents, encoder, options, services));
}

}  // namespace

std::unique_ptr<data::BatchSource> open_in_order(Catalogue& catalogue, const Pipeline& pipeline,
                                                 const std::string& split,
                                                 const Tokenizer& tokenizer,
                                                 const std::filesystem::path& cache,
                                                 RunEvents& events) {
  const auto dataset = catalogue.open_dataset(*pipeline.dataset, split);
  if (!dataset) return nullptr;
  const data::DataOrderOptions order{data::Sampling::kInOrder, 0, pipeline.dataset->sequence,
                                     pipeline.evaluate->batch};
  return std::make_unique<data::BatchSource>(
      tokenized(catalogue, *dataset, tokenizer, cache, events), order,
      pipeline.dataset->isolate_documents);
}

TrainingParts open_training(Catalogue& catalogue, const Pipeline& pipeline, const RunFolder& folder,
                            RunEvents& events) {
  TrainingParts parts;
  // First, so that the host's threads are those of the pipeline.
  parts.device = catalogue.open_device(pipeline.backend);
  parts.tokenizer = open_tokenizer(catalogue, pipeline, folder);
  parts.model = open_model(catalogue, pipeline, *parts.tokenizer);
  const auto dataset = catalogue.open_dataset(*pipeline.dataset, "train");
  const data::DataOrderOptions order{
      sampling(pipeline.dataset->sampling), static_cast<uint64_t>(pipeline.seed),
      pipeline.dataset->sequence, pipeline.train->batch * pipeline.train->accumulate};
  parts.training = std::make_unique<data::BatchSource>(
      tokenized(catalogue, *dataset, *parts.tokenizer, folder.tokens(), events), order,
      pipeline.dataset->isolate_documents);
  if (pipeline.evaluate)
    parts.validation =
        open_in_order(catalogue, pipeline, "validation", *parts.tokenizer, folder.tokens(), events);
  return parts;
}

}  // namespace lmos::train
