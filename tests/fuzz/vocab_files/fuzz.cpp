// A vocab.txt or, with a zero byte between them, a vocab.json and its merges.txt. Whatever the
// bytes, reading throws a TokenizerError or gives a tokenizer that encodes to ids of its vocabulary
// and decodes to UTF-8.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/encodes_and_decodes.h"
#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/byte_pair_json.h"
#include "tokenizer_core/formats/word_piece_json.h"

namespace {

using namespace lmos::tokenizer;

constexpr std::string_view kTexts[] = {"", "the cat's  cats", "\xE4\xBD\xA0 caf\xC3\xA9\n\n",
                                       "[UNK]<unk><|endoftext|>##s</w>"};

std::string json_of(std::string_view files) {
  const size_t zero = files.find('\0');
  if (zero == files.npos) return word_piece_to_json(files, TokenizerConfig());
  return byte_pair_to_json(files.substr(0, zero), files.substr(zero + 1), TokenizerConfig());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const Tokenizer tokenizer =
        open_json(json_of(std::string_view(reinterpret_cast<const char*>(data), size)));
    for (const std::string_view text : kTexts) check_encodes_and_decodes(tokenizer, text);
  } catch (const TokenizerError&) {
  }
  return 0;
}
