#include "tokenizer_bpe/model/seams.h"

#include <string_view>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

Seams::Seams(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules) {
  for (const MergeRule& rule : rules) {
    const std::string_view left = vocabulary.token(rule.left);
    const std::string_view right = vocabulary.token(rule.right);
    if (left.empty() || right.empty()) continue;  // no symbol is empty
    size_t last = left.size() - 1;
    while ((static_cast<uint8_t>(left[last]) & 0xC0) == 0x80) --last;
    const TokenId last_id = vocabulary.find(left.substr(last));
    const TokenId first_id = vocabulary.find(right.substr(0, character_bytes(right[0])));
    if (last_id != kNoToken && first_id != kNoToken) open_.at(last_id, first_id) = 1;
  }
}

}  // namespace lmos::tokenizer
