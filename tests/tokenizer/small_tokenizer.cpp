#include "tokenizer/small_tokenizer.h"

#include <set>
#include <stdexcept>

#include "tokenizer_core/text/byte_alphabet.h"

namespace lmos::tokenizer {

std::string byte_level_json() {
  std::set<std::string> characters;
  for (unsigned byte = 0; byte < 256; ++byte)
    characters.emplace(byte_character(static_cast<uint8_t>(byte)));
  std::string vocabulary;
  size_t id = 0;
  for (const std::string& character : characters) {
    const std::string escaped =
        character == "\"" || character == "\\" ? "\\" + character : character;
    vocabulary += "\"" + escaped + "\": " + std::to_string(id++) + ", ";
  }
  return R"({"added_tokens": [{"id": 260, "content": "<|end|>", "special": true}],
    "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<|end|>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [260], "tokens": ["<|end|>"]}}},
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "unk_token": null,
      "vocab": {)" +
         vocabulary + R"("he": 256, "ll": 257, "hell": 258, "hello": 259},
      "merges": ["h e", "l l", "he ll", "hell o"]}})";
}

std::string with(std::string text, std::string_view old_part, std::string_view new_part) {
  const size_t place = text.find(old_part);
  if (place == text.npos) throw std::logic_error("the test's file has no " + std::string(old_part));
  return text.replace(place, old_part.size(), new_part);
}

}  // namespace lmos::tokenizer
