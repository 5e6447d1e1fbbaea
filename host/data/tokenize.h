// Tokenises a corpus once, and finds it tokenised from then on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/token_stream.h"

namespace lmos::data {

// Documents of text in a fixed order.
struct TextDocuments {
  std::function<std::string()> fingerprint;  // changes when the documents may have changed
  uint64_t total_bytes = 0;                  // for progress; 0: unknown
  std::function<bool(std::string&)>
      next;  // replaces its argument by the next document; false after the last
};

struct TextEncoder {
  std::string identity;     // content of the tokenizer's file
  uint32_t vocab_size = 0;  // one more than the largest id
  std::function<std::vector<int32_t>(std::string_view)>
      encode;  // without special tokens; [any-thread]
};

struct TokenizeOptions {
  std::filesystem::path cache_folder;         // created if missing; each corpus gets a folder in it
  int32_t begin_of_text = -1;                 // before each document; -1: none
  int32_t end_of_text = -1;                   // after each document; -1: none
  uint64_t shard_tokens = uint64_t{1} << 27;  // a shard is closed once it has as many
};

struct TokenizeServices {
  std::function<void(uint64_t done_bytes, uint64_t total_bytes)>
      progress;  // may throw to stop the work
  std::function<void(const std::string&)>
      warn;  // the cache is damaged, or another process is at work
  // Calls body(i) for each i in [0, count), on any threads; none: one after another. body does not
  // throw.
  std::function<void(int64_t count, const std::function<void(int64_t)>& body)> parallel_for;
};

// The corpus from the cache, or tokenised into it. The cache's key is a hash of fingerprint,
// tokenizer and options. Damaged cache files are found and made again. The result is the same
// whatever the threads. A process that is killed leaves nothing that is taken for complete;
// processes that want the same corpus wait for one that makes it. Documents without a token are
// left out. Errors: kInput for no tokens at all, for documents that changed meanwhile, and what
// `next` and `encode` throw; kPlugin for ids outside the vocabulary; kResource for the cache's file
// system.
TokenStream tokenize(const TextDocuments& documents, const TextEncoder& encoder,
                     const TokenizeOptions& options, const TokenizeServices& services = {});

}  // namespace lmos::data
