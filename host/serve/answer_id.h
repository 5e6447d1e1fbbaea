// What every answer carries: an id of its own, and the time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::serve {

// "cmpl-" and 24 random hexadecimal digits.
std::string new_answer_id(std::string_view prefix);
int64_t unix_seconds();

}  // namespace lmos::serve
