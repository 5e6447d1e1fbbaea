#include "tokenizer_core/encoding/lengths.h"

#include <algorithm>

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

Side read_side(const JsonCursor& json) {
  const std::string_view side = json.string_or("direction", "Right");
  if (side == "Right") return Side::kRight;
  if (side == "Left") return Side::kLeft;
  json.at("direction").fail("expected 'Left' or 'Right'");
}

TruncationStrategy read_strategy(const JsonCursor& json) {
  const std::string_view strategy = json.string_or("strategy", "LongestFirst");
  if (strategy == "LongestFirst") return TruncationStrategy::kLongestFirst;
  if (strategy == "OnlyFirst") return TruncationStrategy::kOnlyFirst;
  if (strategy == "OnlySecond") return TruncationStrategy::kOnlySecond;
  json.at("strategy").fail("expected 'LongestFirst', 'OnlyFirst' or 'OnlySecond'");
}

uint64_t unsigned_or(const JsonCursor& json, std::string_view key, uint64_t absent) {
  const std::optional<JsonCursor> member = json.find(key);
  return member ? member->unsigned_integer() : absent;
}

void cut(Windows& windows, uint64_t length, const Truncation& truncation) {
  const Encoding whole = std::move(windows.front());
  windows.clear();
  const uint64_t size = whole.size();
  if (length >= size) {
    windows.push_back(whole);
    return;
  }
  if (length == 0) {
    windows.emplace_back();
    if (truncation.overflow) windows.push_back(whole);
    return;
  }
  if (truncation.stride >= length) {
    throw TokenizerError("truncation: a stride of " + std::to_string(truncation.stride) +
                         " must be less than the " + std::to_string(length) +
                         " tokens that the maximal length leaves for the text");
  }
  const uint64_t step = length - truncation.stride;
  if (truncation.side == Side::kRight) {
    for (uint64_t begin = 0;; begin += step) {
      const uint64_t end = std::min(begin + length, size);
      windows.push_back(whole.part(begin, end));
      if (end == size || !truncation.overflow) return;
    }
  }
  for (uint64_t end = size;; end -= step) {
    const uint64_t begin = end > length ? end - length : 0;
    windows.push_back(whole.part(begin, end));
    if (begin == 0 || !truncation.overflow) return;
  }
}

}  // namespace

std::optional<Truncation> read_truncation(const std::optional<JsonCursor>& json) {
  if (!json) return std::nullopt;
  return Truncation{.max_length = json->at("max_length").unsigned_integer(),
                    .stride = unsigned_or(*json, "stride", 0),
                    .strategy = read_strategy(*json),
                    .side = read_side(*json)};
}

std::optional<Padding> read_padding(const std::optional<JsonCursor>& json) {
  if (!json) return std::nullopt;
  Padding padding;
  const JsonCursor strategy = json->at("strategy");
  if (!strategy.is_string()) {
    padding.length = strategy.at("Fixed").unsigned_integer();
  } else if (strategy.string() != "BatchLongest") {
    strategy.fail("expected 'BatchLongest' or {\"Fixed\": length}");
  }
  padding.multiple = unsigned_or(*json, "pad_to_multiple_of", 0);
  padding.side = read_side(*json);
  const JsonCursor id = json->at("pad_id");
  if (id.unsigned_integer() > INT32_MAX) id.fail("the id is too large");
  padding.id = static_cast<TokenId>(id.unsigned_integer());
  const uint64_t type_id = unsigned_or(*json, "pad_type_id", 0);
  if (type_id > INT32_MAX) json->at("pad_type_id").fail("the token type is too large");
  padding.type_id = static_cast<int32_t>(type_id);
  return padding;
}

void truncate(std::vector<Windows>& texts, const Truncation& truncation, size_t special_tokens) {
  if (truncation.max_length < special_tokens) {
    throw TokenizerError("truncation: " + std::to_string(truncation.max_length) +
                         " tokens are fewer than the " + std::to_string(special_tokens) +
                         " special ones");
  }
  const uint64_t limit = truncation.max_length - special_tokens;
  uint64_t first = texts[0].front().size();
  uint64_t second = texts.size() > 1 ? texts[1].front().size() : 0;
  if (first + second <= limit) return;
  const uint64_t excess = first + second - limit;
  if (limit == 0) {
    first = second = 0;
  } else if (truncation.strategy == TruncationStrategy::kLongestFirst) {
    if (texts.size() == 1) {
      first = limit;
    } else {
      uint64_t& shorter = first <= second ? first : second;
      uint64_t& longer = first <= second ? second : first;
      longer = shorter > limit ? shorter : std::max(shorter, limit - shorter);
      if (shorter + longer > limit) {
        shorter = limit / 2;
        longer = shorter + limit % 2;
      }
    }
  } else {
    const bool of_second = truncation.strategy == TruncationStrategy::kOnlySecond;
    if (of_second && texts.size() < 2)
      throw TokenizerError("truncation: only the second text may be cut, and there is none");
    uint64_t& target = of_second ? second : first;
    if (target <= excess) {
      throw TokenizerError("truncation: the text that may be cut has " + std::to_string(target) +
                           " tokens, and " + std::to_string(excess) + " are too many");
    }
    target -= excess;
  }
  cut(texts[0], first, truncation);
  if (texts.size() < 2) return;
  cut(texts[1], second, truncation);
  // All pairs are built at once: about 40 bytes a token, and some for each pair.
  constexpr uint64_t kMostTokens = uint64_t{1} << 21, kSmallestPair = 32;
  const size_t most_pairs = kMostTokens / std::max(truncation.max_length, kSmallestPair);
  if (texts[0].size() > 1 && texts[1].size() > 1 &&
      texts[0].size() > most_pairs / texts[1].size()) {
    throw TokenizerError("truncation: the texts are cut into " + std::to_string(texts[0].size()) +
                         " and " + std::to_string(texts[1].size()) +
                         " parts, too many to pair them all; cut only one, or allow more tokens");
  }
}

}  // namespace lmos::tokenizer
