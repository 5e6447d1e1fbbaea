// A SentencePiece .model. Whatever the bytes, reading throws a TokenizerError or gives a tokenizer
// that encodes to ids of its vocabulary and decodes to UTF-8, as does the tokenizer.json saved of
// it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/encodes_and_decodes.h"
#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/sentencepiece_json.h"

namespace {

using namespace lmos::tokenizer;

constexpr std::string_view kTexts[] = {
    "", " ", "  Hello, ing <sep>world<u> ", "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x80\xF0\x9F\x98\x80",
    "AB e\xCC\x81 \xEF\xAC\x81\xE2\x80\x8B<0x41><s></s>\n\xE2\x96\x81"};
constexpr TokenId kPieces = 16;  // whose texts are encoded, too

void check(const Tokenizer& tokenizer) {
  for (const std::string_view text : kTexts) check_encodes_and_decodes(tokenizer, text);
  for (TokenId id = 0; id < std::min(tokenizer.vocab_size(), kPieces); ++id)
    check_encodes_and_decodes(tokenizer, tokenizer.id_to_token(id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  try {
    const SentencePieceModel model = read_sentencepiece_model(file);
    const Tokenizer tokenizer = open_json(sentencepiece_to_json(model, {}));
    check(tokenizer);
    check(open_json(tokenizer.json()));
  } catch (const TokenizerError&) {
  }
  return 0;
}
