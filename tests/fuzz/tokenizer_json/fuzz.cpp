// A tokenizer.json, a zero byte, then a text. Whatever the bytes, loading throws a TokenizerError
// or gives a tokenizer that encodes to ids of its vocabulary and decodes to UTF-8.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/encodes_and_decodes.h"
#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"

namespace {

constexpr size_t kTextLimitBytes = 256;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t zero = input.find('\0');
  const std::string_view text =
      zero == input.npos ? std::string_view() : input.substr(zero + 1, kTextLimitBytes);
  try {
    lmos::tokenizer::check_encodes_and_decodes(
        lmos::tokenizer::open_json(std::string(input.substr(0, zero))), text);
  } catch (const lmos::tokenizer::TokenizerError&) {
  }
  return 0;
}
