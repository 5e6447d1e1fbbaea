// A tiktoken file. Whatever the bytes, reading throws a TokenizerError or gives a tokenizer that
// encodes to ids of its vocabulary and decodes to UTF-8.
#include <cstdint>
#include <string_view>

#include "fuzz/encodes_and_decodes.h"
#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/tiktoken_json.h"

namespace {

using namespace lmos::tokenizer;

constexpr std::string_view kTexts[] = {"", "hello the  world", "\xE4\xBD\xA0\xE5\xA5\xBD    \n\n",
                                       "<|endoftext|>hell"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  try {
    const Tokenizer tokenizer =
        open_json(tiktoken_to_json(read_tiktoken_ranks(file), "cl100k_base", TokenizerConfig()));
    for (const std::string_view text : kTexts) check_encodes_and_decodes(tokenizer, text);
  } catch (const TokenizerError&) {
  }
  return 0;
}
