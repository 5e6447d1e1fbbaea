// The regular expressions of tokenizer files are Oniguruma's (Ruby syntax); PCRE2 runs them here.
#pragma once

#include <string>
#include <string_view>

namespace lmos::tokenizer {

// The same pattern in PCRE2's syntax (UTF and UCP on, multi-line on). Throws TokenizerError for
// what PCRE2 can't express.
std::string to_pcre2(std::string_view oniguruma);

}  // namespace lmos::tokenizer
