#include "components/encoding.h"

#include <algorithm>

namespace lmos::components {
namespace {

template <class Element>
void fill(std::vector<Element>& elements, size_t count, int32_t side, Element element) {
  elements.insert(side == LMOS_SIDE_LEFT ? elements.begin() : elements.end(), count, element);
}

}  // namespace

void pad(std::vector<Encoding>& batch, const PadOptions& options) {
  uint64_t length = options.length;
  if (length == 0)
    for (const Encoding& encoding : batch) length = std::max<uint64_t>(length, encoding.size());
  if (options.multiple > 0)
    length = (length + options.multiple - 1) / options.multiple * options.multiple;
  for (Encoding& encoding : batch) {
    if (encoding.size() >= length) continue;
    const size_t missing = length - encoding.size();
    fill(encoding.ids, missing, options.side, options.id);
    fill(encoding.type_ids, missing, options.side, options.type_id);
    fill<int32_t>(encoding.texts, missing, options.side, -1);
    fill<int32_t>(encoding.words, missing, options.side, -1);
    fill<uint8_t>(encoding.special, missing, options.side, 1);
    fill<uint8_t>(encoding.attention, missing, options.side, 0);
    fill(encoding.byte_offsets, missing, options.side, lmos_text_range{});
    fill(encoding.character_offsets, missing, options.side, lmos_text_range{});
  }
}

}  // namespace lmos::components
