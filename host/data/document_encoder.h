// Documents to token ids, many at a time, in order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/tokenize.h"

namespace lmos::data {

struct EncodedDocument {
  std::vector<int32_t> ids;  // with the begin and end of text; empty if the text has no token
  uint64_t text_bytes = 0;
};

// Reads a batch of documents, encodes them in parallel, and gives them out one by one. One thread.
class DocumentEncoder {
 public:
  // The arguments outlive it.
  DocumentEncoder(const TextDocuments& documents, const TextEncoder& encoder,
                  const TokenizeOptions& options, const TokenizeServices& services);

  // Valid to the next call; null after the last.
  const EncodedDocument* next();

 private:
  bool read_batch();
  void encode_batch();
  EncodedDocument encode(const std::string& text) const;

  const TextDocuments& documents_;
  const TextEncoder& encoder_;
  const TokenizeOptions& options_;
  const TokenizeServices& services_;
  std::vector<std::string> texts_;
  std::vector<EncodedDocument> batch_;
  size_t given_ = 0;  // of batch_
  uint64_t done_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace lmos::data
