#include "tokenizer_unigram/train/piece_learner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tokenizer_unigram/train/piece_lattice.h"

namespace lmos::tokenizer {
namespace {

constexpr double kUnknownPenalty = 10;
constexpr double kLeastExpected = 0.5;

// The logarithmic derivative of the gamma function, by recurrence to where its asymptotic series
// is exact to double precision's needs.
double digamma(double x) {
  double result = 0;
  for (; x < 7; ++x) result -= 1 / x;
  x -= 0.5;
  const double xx = 1 / (x * x);
  return result + std::log(x) +
         xx * (1.0 / 24 - xx * (7.0 / 960 - xx * (31.0 / 8064 - xx * (127.0 / 30720))));
}

}  // namespace

PieceLearner::PieceLearner(const WordCounts& words, std::vector<SeedPiece> seeds)
    : words_(words), seeds_(std::move(seeds)), size_(seeds_.size()) {
  double sum = 0;
  std::vector<PieceTrie::Entry> entries;
  for (TokenId id = 0; id < seeds_.size(); ++id) {
    entries.push_back({seeds_[id].text, 0, id});
    sum += seeds_[id].weight;
  }
  for (const SeedPiece& seed : seeds_)
    log_probabilities_.push_back(std::log(seed.weight) - std::log(sum));
  trie_ = std::make_unique<PieceTrie>(std::move(entries));
}

double PieceLearner::unknown() const {
  double lowest = 0;
  for (const double log_probability : log_probabilities_) {
    if (log_probability < lowest) lowest = log_probability;
  }
  return lowest - kUnknownPenalty;
}

void PieceLearner::drop(size_t id) {
  log_probabilities_[id] = std::numeric_limits<double>::quiet_NaN();
  --size_;
}

void PieceLearner::maximize() {
  std::vector<double> expected(seeds_.size());
  PieceLattice lattice(*trie_, log_probabilities_, unknown());
  for (size_t i = 0; i < words_.size(); ++i)
    lattice.add_expected(words_.word(i), static_cast<double>(words_.count(i)), expected);
  double sum = 0;
  for (size_t id = 0; id < seeds_.size(); ++id) {
    if (std::isnan(log_probabilities_[id])) continue;
    if (expected[id] < kLeastExpected) {
      drop(id);
    } else {
      sum += expected[id];
    }
  }
  const double log_sum = digamma(sum);
  for (size_t id = 0; id < seeds_.size(); ++id) {
    if (!std::isnan(log_probabilities_[id]))
      log_probabilities_[id] = digamma(expected[id]) - log_sum;
  }
}

// By id: what a piece's text becomes without it; empty where the piece can't be spared, or is not
// even the best segmentation of its own text.
std::vector<std::vector<TokenId>> PieceLearner::alternatives() const {
  std::vector<std::vector<TokenId>> alternatives(seeds_.size());
  PieceLattice lattice(*trie_, log_probabilities_, unknown());
  for (TokenId id = 0; id < seeds_.size(); ++id) {
    if (std::isnan(log_probabilities_[id])) continue;
    std::vector<TokenId>& other = alternatives[id];
    lattice.best(seeds_[id].text, kNoToken, other);
    if (other.size() == 1) lattice.best(seeds_[id].text, id, other);
    if (other.size() == 1 || std::find(other.begin(), other.end(), kNoToken) != other.end())
      other.clear();
  }
  return alternatives;
}

void PieceLearner::prune(size_t target) {
  const std::vector<std::vector<TokenId>> others = alternatives();
  std::vector<double> frequency(seeds_.size());
  double sum = 0, all_words = 0;
  PieceLattice lattice(*trie_, log_probabilities_, unknown());
  std::vector<TokenId> ids;
  for (size_t i = 0; i < words_.size(); ++i) {
    const auto count = static_cast<double>(words_.count(i));
    all_words += count;
    lattice.best(words_.word(i), kNoToken, ids);
    for (const TokenId id : ids) {
      if (id == kNoToken) continue;
      frequency[id] += count;
      sum += count;
    }
  }
  // What the likelihood loses if a piece is replaced by the alternative everywhere.
  struct Candidate {
    double loss;
    TokenId id;
  };
  std::vector<Candidate> candidates;
  for (TokenId id = 0; id < seeds_.size(); ++id) {
    if (std::isnan(log_probabilities_[id]) || others[id].empty()) continue;
    if (frequency[id] == 0) {
      drop(id);
      continue;
    }
    const double more = static_cast<double>(others[id].size() - 1);
    const double log_sum_without = std::log(sum + frequency[id] * more);
    double log_probability_without = 0;
    for (const TokenId other : others[id])
      log_probability_without += std::log(frequency[other] + frequency[id]) - log_sum_without;
    const double log_probability = std::log(frequency[id]) - std::log(sum);
    candidates.push_back(
        {frequency[id] / all_words * (log_probability - log_probability_without), id});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.loss != b.loss ? a.loss < b.loss : a.id > b.id;
  });
  for (const Candidate& candidate : candidates) {
    if (size_ <= target) break;
    drop(candidate.id);
  }
}

std::vector<LearnedPiece> PieceLearner::pieces() const {
  std::vector<LearnedPiece> pieces;
  for (size_t id = 0; id < seeds_.size(); ++id) {
    if (!std::isnan(log_probabilities_[id]))
      pieces.push_back({seeds_[id].text, log_probabilities_[id]});
  }
  std::sort(pieces.begin(), pieces.end(), [](const LearnedPiece& a, const LearnedPiece& b) {
    return a.log_probability != b.log_probability ? a.log_probability > b.log_probability
                                                  : a.text < b.text;
  });
  return pieces;
}

}  // namespace lmos::tokenizer
