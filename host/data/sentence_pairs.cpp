#include "data/sentence_pairs.h"

#include <algorithm>
#include <utility>

#include "errors/error.h"
#include "random/draws.h"

namespace lmos::data {
namespace {

constexpr int64_t kLeastTokens = 8;
constexpr uint32_t kPairSite = 0x70616972;  // apart from the sites of graph operations
// Tries to find a run of another document.
constexpr int kTries = 16;

}  // namespace

SentencePairs::SentencePairs(std::shared_ptr<const TokenStream> stream, int32_t begin,
                             int64_t length)
    : stream_(std::move(stream)), begin_(begin), length_(length) {
  uint64_t document = 0;
  Run run{0, 0, 0};
  int64_t run_tokens = 0;
  const auto close = [&](uint64_t next) {
    if (run_tokens >= kLeastTokens) runs_.push_back({document, run.first_sentence, next});
    run.first_sentence = next;
    run_tokens = 0;
  };
  for (uint64_t sentence = 0; sentence < stream_->documents(); ++sentence) {
    const uint64_t first = stream_->document_begin(sentence);
    int32_t id = 0;
    stream_->read(first, {&id, 1});
    int64_t size = static_cast<int64_t>(sentence_end(sentence) - first);
    if (id == begin_) {
      close(sentence);
      ++document;
      --size;
    }
    if (run_tokens > 0 && run_tokens + size > length_) close(sentence);
    run_tokens += size;
  }
  close(stream_->documents());
  if (runs_.empty())
    throw Error(ErrorKind::kInput, "the data set holds no text of " + std::to_string(kLeastTokens) +
                                       " tokens, so no pairs can be made of it");
}

uint64_t SentencePairs::sentence_end(uint64_t sentence) const {
  return sentence + 1 < stream_->documents() ? stream_->document_begin(sentence + 1)
                                             : stream_->tokens();
}

std::vector<int32_t> SentencePairs::tokens(uint64_t first_sentence, uint64_t past_sentence,
                                           int64_t most) const {
  const uint64_t begin = stream_->document_begin(first_sentence);
  const uint64_t end = sentence_end(past_sentence - 1);
  // One more, for the token that is dropped.
  std::vector<int32_t> ids(std::min(end - begin, static_cast<uint64_t>(most) + 1));
  stream_->read(begin, ids);
  std::erase(ids, begin_);
  if (static_cast<int64_t>(ids.size()) > most) ids.resize(static_cast<size_t>(most));
  return ids;
}

SentencePair SentencePairs::pair(uint64_t index, uint64_t seed, uint64_t stream) const {
  random::Draws draws(seed, stream, kPairSite);
  const Run& run = runs_[index];
  SentencePair pair;
  const uint64_t sentences = run.past_sentence - run.first_sentence;
  if (sentences > 1) {
    const uint64_t parting = run.first_sentence + 1 + draws.below(sentences - 1);
    pair.first = tokens(run.first_sentence, parting, length_ - 1);
    pair.second = tokens(parting, run.past_sentence, length_);
  } else {
    const std::vector<int32_t> all = tokens(run.first_sentence, run.past_sentence, length_);
    const auto parting = all.begin() + 1 + draws.below(all.size() - 1);
    pair.first.assign(all.begin(), parting);
    pair.second.assign(parting, all.end());
  }
  pair.follows = draws.unit() < 0.5f;
  if (!pair.follows) {
    const Run* other = &run;
    for (int i = 0; i < kTries && other->document == run.document; ++i)
      other = &runs_[draws.below(runs_.size())];
    if (other->document == run.document) {
      pair.follows = true;  // there is no other document, or hardly any
    } else {
      pair.second = tokens(other->first_sentence, other->past_sentence, length_);
    }
  }
  const auto room = length_ - static_cast<int64_t>(pair.first.size());
  if (static_cast<int64_t>(pair.second.size()) > room)
    pair.second.resize(static_cast<size_t>(room));
  return pair;
}

}  // namespace lmos::data
