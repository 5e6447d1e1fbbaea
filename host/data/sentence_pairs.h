// Pairs of texts for pre-training encoders (Devlin et al. 2019, section 3.1).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/token_stream.h"

namespace lmos::data {

struct SentencePair {
  std::vector<int32_t> first, second;
  bool follows = false;  // `second` follows `first` in its document
};

// The stream's documents are sentences; one that begins with the token `begin` begins a document.
// A document is cut into runs of whole sentences of at most `length` tokens (a longer sentence is a
// run of its own, cut off); each run is a pair: it is parted between two sentences, or within its
// only one, and with an even chance the second part is replaced by the beginning of a run of
// another document. Runs of fewer than 8 tokens are left out. [any-thread]
class SentencePairs {
 public:
  // `length`: tokens of a pair, at least 8. Error(kInput) if the stream holds no run.
  SentencePairs(std::shared_ptr<const TokenStream> stream, int32_t begin, int64_t length);

  uint64_t size() const { return runs_.size(); }
  // Pair `index` of [0, size()), as the draws of (seed, stream) part and replace it.
  SentencePair pair(uint64_t index, uint64_t seed, uint64_t stream) const;

 private:
  struct Run {
    uint64_t document;                       // counted over the stream
    uint64_t first_sentence, past_sentence;  // of the stream
  };

  // Without the token that begins a document; at most `most`.
  std::vector<int32_t> tokens(uint64_t first_sentence, uint64_t past_sentence, int64_t most) const;
  uint64_t sentence_end(uint64_t sentence) const;

  std::shared_ptr<const TokenStream> stream_;
  int32_t begin_;
  int64_t length_;
  std::vector<Run> runs_;
};

}  // namespace lmos::data
