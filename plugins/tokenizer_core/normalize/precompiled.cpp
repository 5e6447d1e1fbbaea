#include "tokenizer_core/normalize/precompiled.h"

#include <algorithm>

#include "tokenizer_core/text/grapheme.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr size_t kLongCluster = 6;  // bytes

// The characters of `by` come from those replaced, one from one as far as they go.
void replace(AlignedText::Rewriter& rewriter, size_t bytes, std::string_view by) {
  if (by.empty()) return rewriter.absorb(bytes);
  size_t done = 0, position = 0;
  while (position < by.size() && done < bytes) {
    const size_t added = character_bytes(by[position]);
    const size_t replaced = character_bytes(rewriter.rest()[0]);
    rewriter.replace(replaced, by.substr(position, added));
    position += added;
    done += replaced;
  }
  if (position < by.size()) rewriter.insert(by.substr(position));
  rewriter.drop(bytes - done);
}

}  // namespace

void normalize_precompiled(AlignedText& text, const Charsmap& charsmap) {
  AlignedText::Rewriter rewriter(text);
  while (!rewriter.rest().empty()) {
    if (const size_t plain = charsmap.plain_bytes(rewriter.rest())) {
      rewriter.keep(plain);
      continue;
    }
    const size_t cluster = grapheme_bytes(rewriter.rest());
    if (cluster < kLongCluster) {
      if (const auto match = charsmap.shortest(rewriter.rest().substr(0, cluster))) {
        replace(rewriter, cluster, match->by);
        continue;
      }
    }
    for (size_t done = 0; done < cluster;) {
      const size_t character = character_bytes(rewriter.rest()[0]);
      if (const auto match = charsmap.shortest(rewriter.rest().substr(0, character))) {
        replace(rewriter, character, match->by);
      } else {
        rewriter.keep(character);
      }
      done += character;
    }
  }
  rewriter.finish();
}

}  // namespace lmos::tokenizer
