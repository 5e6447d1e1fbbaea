// Base64 with '+' and '/' (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

std::string encode_base64(std::string_view bytes);

// None where `text` is not base64. Padding may be missing; if it is there, it is complete.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace lmos::tokenizer
