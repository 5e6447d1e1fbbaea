#include "tokenizer_bpe/model/seams.h"

#include "tokenizer_bpe/text/utf8.h"

namespace lmos::bpe {
namespace {

// The one-character tokens that a token begins and ends with.
struct Ends {
  TokenId first = kNoToken, last = kNoToken;
  bool operator==(const Ends&) const = default;
};

bool is_one_character(std::string_view token) {
  return !token.empty() && character_bytes(token[0]) == token.size();
}

}  // namespace

Seams::Seams(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules) {
  std::vector<Ends> ends(vocabulary.largest_id_plus_one());
  for (TokenId id = 0; id < ends.size(); ++id) {
    if (vocabulary.contains(id) && is_one_character(vocabulary.token(id))) ends[id] = {id, id};
  }
  for (const MergeRule& rule : rules) {
    const Ends left = ends[rule.left], right = ends[rule.right];
    if (left.first == kNoToken || right.first == kNoToken) return;
    const Ends merged{left.first, right.last};
    if (ends[rule.merged] != Ends{} && ends[rule.merged] != merged) return;
    ends[rule.merged] = merged;
    open_.at(left.last, right.first) = 1;
  }
  known_ = true;
}

}  // namespace lmos::bpe
