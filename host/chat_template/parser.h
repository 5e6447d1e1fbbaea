// From tokens to the statements of a template.
#pragma once

#include <string_view>

#include "chat_template/syntax.h"

namespace lmos::chat {

// Failure with the line.
Block parse_template(std::string_view source);

}  // namespace lmos::chat
