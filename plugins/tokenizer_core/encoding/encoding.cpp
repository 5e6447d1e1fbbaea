#include "tokenizer_core/encoding/encoding.h"

namespace lmos::tokenizer {
namespace {

template <typename Element>
void add(std::vector<Element>& to, const std::vector<Element>& from, size_t begin, size_t end) {
  to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
            from.begin() + static_cast<std::ptrdiff_t>(end));
}

void add(Encoding& to, const Encoding& from, size_t begin, size_t end) {
  add(to.ids, from.ids, begin, end);
  add(to.type_ids, from.type_ids, begin, end);
  add(to.texts, from.texts, begin, end);
  add(to.words, from.words, begin, end);
  add(to.special, from.special, begin, end);
  add(to.offsets, from.offsets, begin, end);
}

}  // namespace

void Encoding::append(const Encoding& other) { add(*this, other, 0, other.size()); }

Encoding Encoding::part(size_t begin, size_t end) const {
  Encoding result;
  add(result, *this, begin, end);
  return result;
}

}  // namespace lmos::tokenizer
