// Normalizer steps that look at one character at a time.
#pragma once

#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

void lowercase(AlignedText& text);

// Removes white space at the ends.
void strip(AlignedText& text, bool left, bool right);

// Removes combining marks; those of composed characters stay.
void strip_accents(AlignedText& text);

// As Google's NMT: control characters go, and the odd ones of white space become spaces.
void clean_like_nmt(AlignedText& text);

// Bytes become their characters of the byte-level alphabet.
void to_byte_characters(AlignedText& text);

struct BertNormalization {
  bool clean_text = true;            // control characters go, white space becomes spaces
  bool handle_chinese_chars = true;  // spaces around ideographs
  bool strip_accents = true;         // of composed characters, too
  bool lowercase = true;
};

void normalize_like_bert(AlignedText& text, const BertNormalization& options);

}  // namespace lmos::tokenizer
