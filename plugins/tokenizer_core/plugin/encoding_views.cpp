#include "tokenizer_core/plugin/encoding_views.h"

#include <vector>

#include "llmasos/error.hpp"

namespace lmos::tokenizer {
namespace {

// Turns byte offsets into code points.
class CharacterCount {
 public:
  explicit CharacterCount(std::string_view text) : before_(text.size() + 1) {
    for (size_t i = 0; i < text.size(); ++i)
      before_[i + 1] = before_[i] + ((static_cast<uint8_t>(text[i]) & 0xC0) != 0x80 ? 1 : 0);
  }
  lmos_text_range of(ByteRange range) const {
    return {characters_before(range.begin), characters_before(range.end)};
  }

 private:
  uint64_t characters_before(uint32_t byte) const {
    return byte < before_.size() ? before_[byte] : before_.back();
  }
  std::vector<uint32_t> before_;  // characters that begin before each byte
};

int32_t side(Side side) { return side == Side::kLeft ? LMOS_SIDE_LEFT : LMOS_SIDE_RIGHT; }

}  // namespace

std::optional<Truncation> truncation_of(const lmos_encode_options& options) {
  if (options.max_length == 0) return std::nullopt;
  Truncation truncation;
  truncation.max_length = options.max_length;
  truncation.stride = options.stride;
  truncation.overflow = (options.flags & LMOS_ENCODE_OVERFLOW) != 0;
  switch (options.strategy) {
    case LMOS_TRUNCATE_LONGEST_FIRST:
      break;
    case LMOS_TRUNCATE_ONLY_FIRST:
      truncation.strategy = TruncationStrategy::kOnlyFirst;
      break;
    case LMOS_TRUNCATE_ONLY_SECOND:
      truncation.strategy = TruncationStrategy::kOnlySecond;
      break;
    default:
      throw sdk::invalid("truncation strategy " + std::to_string(options.strategy) +
                         " is not known");
  }
  if (options.truncation_side == LMOS_SIDE_LEFT) truncation.side = Side::kLeft;
  return truncation;
}

void hand_on(const Windows& windows, std::string_view first,
             const std::optional<std::string_view>& second, lmos_encoding_sink sink) {
  const CharacterCount characters[] = {CharacterCount(first), CharacterCount(second.value_or(""))};
  std::vector<lmos_text_range> in_bytes, in_characters;
  for (const Encoding& window : windows) {
    in_bytes.clear();
    in_characters.clear();
    for (size_t i = 0; i < window.size(); ++i) {
      const ByteRange range = window.offsets[i];
      in_bytes.push_back({range.begin, range.end});
      in_characters.push_back(window.texts[i] < 0 ? lmos_text_range{}
                                                  : characters[window.texts[i]].of(range));
    }
    lmos_encoding encoding = {};
    encoding.struct_size = sizeof encoding;
    encoding.count = window.size();
    // Ids are below 2^31: as int32_t they are the same bytes.
    encoding.ids = reinterpret_cast<const int32_t*>(window.ids.data());
    encoding.type_ids = window.type_ids.data();
    encoding.texts = window.texts.data();
    encoding.words = window.words.data();
    encoding.special = window.special.data();
    encoding.byte_offsets = in_bytes.data();
    encoding.character_offsets = in_characters.data();
    sdk::check(sink.take(sink.context, &encoding));
  }
}

void fill_length_settings(const Tokenizer& tokenizer, lmos_length_settings& settings) {
  if (const std::optional<Truncation>& truncation = tokenizer.truncation()) {
    settings.max_length = truncation->max_length;
    settings.stride = truncation->stride;
    settings.strategy = static_cast<int32_t>(truncation->strategy);
    settings.truncation_side = side(truncation->side);
  }
  if (const std::optional<Padding>& padding = tokenizer.padding()) {
    settings.pads = 1;
    settings.padding_side = side(padding->side);
    settings.pad_id = static_cast<int32_t>(padding->id);
    settings.pad_type_id = padding->type_id;
    settings.pad_length = padding->length;
    settings.pad_multiple = padding->multiple;
    return;
  }
  settings.pad_id = -1;
  for (const std::string_view name : {"[PAD]", "<pad>", "<|pad|>", "<PAD>"}) {
    const TokenId id = tokenizer.token_to_id(name);
    if (id == kNoToken) continue;
    settings.pad_id = static_cast<int32_t>(id);
    return;
  }
}

}  // namespace lmos::tokenizer
