#include "tokenizer_unigram/train/piece_lattice.h"

#include <algorithm>
#include <cmath>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

double log_of_sum(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == kImpossible ? a : a + std::log1p(std::exp(b - a));
}

}  // namespace

void PieceLattice::find_nodes(std::string_view word, TokenId without) {
  nodes_.clear();
  for (size_t begin = 0; begin < word.size();) {
    const size_t character = character_bytes(word[begin]);
    bool character_is_piece = false;
    PieceTrie::Node node = PieceTrie::kRoot;
    for (size_t end = begin; end < word.size() && trie_.step(node, word[end]);) {
      ++end;
      if (!trie_.ends_piece(node)) continue;
      const TokenId id = trie_.id(node);
      const double log_probability = log_probabilities_[id];
      if (id == without || std::isnan(log_probability)) continue;
      nodes_.push_back({begin, end, id, log_probability});
      if (end - begin == character) character_is_piece = true;
    }
    if (!character_is_piece) nodes_.push_back({begin, begin + character, kNoToken, unknown_});
    begin += character;
  }
}

void PieceLattice::add_expected(std::string_view word, double count,
                                std::vector<double>& expected) {
  find_nodes(word, kNoToken);
  forward_.assign(word.size() + 1, kImpossible);
  backward_.assign(word.size() + 1, kImpossible);
  forward_[0] = 0;
  for (const Node& node : nodes_)
    forward_[node.end] =
        log_of_sum(forward_[node.end], forward_[node.begin] + node.log_probability);
  backward_[word.size()] = 0;
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node)
    backward_[node->begin] =
        log_of_sum(backward_[node->begin], backward_[node->end] + node->log_probability);
  const double all = forward_[word.size()];
  for (const Node& node : nodes_) {
    if (node.id == kNoToken) continue;
    expected[node.id] +=
        count * std::exp(forward_[node.begin] + node.log_probability + backward_[node.end] - all);
  }
}

void PieceLattice::best(std::string_view word, TokenId without, std::vector<TokenId>& ids) {
  find_nodes(word, without);
  forward_.assign(word.size() + 1, kImpossible);
  last_.assign(word.size() + 1, 0);
  forward_[0] = 0;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    const double sum = forward_[node.begin] + node.log_probability;
    if (sum <= forward_[node.end]) continue;
    forward_[node.end] = sum;
    last_[node.end] = i;
  }
  ids.clear();
  for (size_t end = word.size(); end > 0; end = nodes_[last_[end]].begin)
    ids.push_back(nodes_[last_[end]].id);
  std::reverse(ids.begin(), ids.end());
}

}  // namespace lmos::tokenizer
