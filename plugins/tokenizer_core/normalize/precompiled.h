// SentencePiece's compiled normalisation map as Hugging Face tokenizers apply it.
#pragma once

#include "tokenizer_core/normalize/charsmap.h"
#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

// Unlike SentencePiece, they look up whole grapheme clusters of fewer than 6 bytes, else single
// characters, and take the shortest prefix that the map has for what it replaces.
void normalize_precompiled(AlignedText& text, const Charsmap& charsmap);

}  // namespace lmos::tokenizer
