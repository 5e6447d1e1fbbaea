// Whatever the bytes, parse_json throws an Error or returns a value that is the same after it was
// written and read again, and parse_generation_config throws an Error or returns.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "errors/error.h"
#include "formats/generation_config.h"
#include "formats/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  lmos::Json json;
  try {
    json = lmos::parse_json(text, "input");
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
    return 0;
  }
  if (lmos::parse_json(lmos::compact_json(json), "compact") != json) std::abort();
  if (lmos::parse_json(lmos::indented_json(json), "indented") != json) std::abort();
  try {
    lmos::parse_generation_config(json, json, "input");
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
  }
  return 0;
}
