// Texts as vectors: the last layer of an encoder, pooled.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
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

struct EmbeddingOptions {
  Pooling pooling = Pooling::kMean;
  bool normalize = false;  // to length 1
  lmos_dtype compute = LMOS_F32;
  int64_t batch = 16;  // texts at a time
};

// One thread at a time.
class SentenceEmbedder {
 public:
  // `folder` holds an encoder; `device` outlives the embedder. LMOS_UNSUPPORTED, as an Error, for
  // other models.
  SentenceEmbedder(components::Catalogue& catalogue, runtime::Device& device,
                   const std::filesystem::path& folder, const EmbeddingOptions& options);

  // A vector a text, in order. What is beyond the model's context is cut off.
  std::vector<std::vector<float>> embed(const std::vector<std::string>& texts);

 private:
  using Tokens = components::Encoding;

  runtime::Executable& executable(int64_t sequence);
  void run(const std::vector<const Tokens*>& rows, std::vector<std::vector<float>>& vectors);
  std::vector<float> pooled(const float* hidden, size_t tokens, int64_t embed) const;

  runtime::Device& device_;
  EmbeddingOptions options_;
  Weights file_;
  std::unique_ptr<components::Tokenizer> tokenizer_;
  runtime::Stream stream_;
  runtime::TensorStore weights_;
  graph::Graph hidden_;
  int64_t context_ = 0;
  // Of one length of a batch: the last one.
  int64_t sequence_ = 0;
  std::unique_ptr<runtime::Executable> executable_;
  std::vector<runtime::Buffer> inputs_;
};

}  // namespace lmos::infer
