#include "formats/quote.h"

#include "formats/json_string.h"

namespace lmos {

std::string quote_text(std::string_view text, size_t max_bytes) {
  bool cut = text.size() > max_bytes;
  if (cut) {
    size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string out;
  append_json_string(text, out);
  if (cut) out += "…";
  return out;
}

}  // namespace lmos
