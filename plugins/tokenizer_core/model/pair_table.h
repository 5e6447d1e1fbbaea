// A hash table keyed by a pair of tokens.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tokenizer_core/model/hash.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Open addressing; at most half of the slots are taken. Value{} stands for an absent pair.
// Readable from any thread while nobody writes.
template <typename Value>
class PairTable {
 public:
  explicit PairTable(size_t expected_pairs = 0) : slots_(std::bit_ceil(2 * expected_pairs + 2)) {}

  Value find(TokenId left, TokenId right) const { return slots_[place(left, right)].value; }

  // Asks memory for what find() of the same pair will read.
  void prefetch(TokenId left, TokenId right) const {
    __builtin_prefetch(&slots_[first_slot(left, right)]);
  }

  // The pair's value to write to, valid until the next call.
  Value& at(TokenId left, TokenId right) {
    size_t slot = place(left, right);
    if (slots_[slot].left == kNoToken) {
      if (2 * (count_ + 1) > slots_.size()) {
        grow();
        slot = place(left, right);
      }
      slots_[slot].left = left;
      slots_[slot].right = right;
      ++count_;
    }
    return slots_[slot].value;
  }

 private:
  struct Slot {
    TokenId left = kNoToken, right = kNoToken;
    Value value{};
  };

  size_t first_slot(TokenId left, TokenId right) const {
    return mix(static_cast<uint64_t>(left) << 32 | right) & (slots_.size() - 1);
  }

  // The pair's slot, or the empty one where it would be.
  size_t place(TokenId left, TokenId right) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = first_slot(left, right);
    while (slots_[slot].left != kNoToken &&
           (slots_[slot].left != left || slots_[slot].right != right)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.left != kNoToken) slots_[place(slot.left, slot.right)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace lmos::tokenizer
