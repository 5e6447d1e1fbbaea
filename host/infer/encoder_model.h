// An encoder opened to read texts: vectors of them, or their classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/catalogue.h"
#include "formats/model_files.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::infer {

enum class Pooling {
  kMean,        // over all tokens of a text, special ones included
  kFirstToken,  // [CLS]
};

struct EncoderOptions {
  std::string model_plugin;              // empty: by the folder's model type
  std::string tokenizer_plugin;          // empty: the first that reads the file
  std::filesystem::path tokenizer_path;  // empty: in the model folder
  lmos_dtype compute = LMOS_F32;
  Pooling pooling = Pooling::kMean;
  bool normalize = false;  // vectors to length 1
};

enum class EncoderTask {
  kEmbed,     // a vector of embed() values
  kClassify,  // probabilities of labels()
};

// On a device that computes batch-invariantly, what comes of a text depends on nothing else.
// One thread at a time, but for the accessors and encode(). [any-thread]
class EncoderModel {
 public:
  // `folder` holds an encoder; `device` outlives it. LMOS_UNSUPPORTED, as an Error, for other
  // models.
  EncoderModel(components::Catalogue& catalogue, runtime::Device& device,
               const std::filesystem::path& folder, const EncoderOptions& options);

  const components::Tokenizer& tokenizer() const { return *tokenizer_; }
  // Longest text, special tokens included.
  int64_t context() const { return context_; }
  // Length of a vector.
  int64_t embed() const { return embed_; }
  // Of the classes, as id2label of config.json names them; empty: the model does not classify.
  const std::vector<std::string>& labels() const { return labels_; }

  // A text, or a pair of texts, cut to `longest` tokens; 0: however long.
  components::Encoding encode(std::string_view text, std::optional<std::string_view> second,
                              int64_t longest) const;

  // One result a row, in order. Rows have from 1 to context() tokens; they are padded to the
  // longest.
  std::vector<std::vector<float>> run(EncoderTask task,
                                      std::span<const components::Encoding* const> rows);

  // The length to which a batch of this longest text is padded.
  int64_t padded_length(int64_t longest) const;

 private:
  // Prepared for one size of batch.
  struct Variant {
    EncoderTask task;
    int64_t rows, sequence;
    std::unique_ptr<runtime::Executable> executable;
    std::vector<runtime::Buffer> inputs;
  };

  Variant& variant(EncoderTask task, int64_t rows, int64_t sequence);
  std::vector<float> pooled(std::span<const float> hidden, size_t tokens) const;
  std::vector<float> probabilities(std::span<const float> logits) const;

  runtime::Device& device_;
  EncoderOptions options_;
  ModelFiles files_;
  Weights file_;
  std::unique_ptr<components::Tokenizer> tokenizer_;
  runtime::Stream stream_;
  runtime::TensorStore weights_;
  graph::Graph hidden_;
  std::optional<graph::Graph> logits_;  // of a classification
  int64_t context_ = 0, embed_ = 0;
  std::vector<std::string> labels_;
  bool independent_labels_ = false;  // each true or false by itself
  std::list<Variant> variants_;      // used last first
};

}  // namespace lmos::infer
