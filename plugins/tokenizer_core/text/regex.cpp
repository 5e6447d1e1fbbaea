#include "tokenizer_core/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/oniguruma.h"

namespace lmos::tokenizer {
namespace {

// Far above what tokenizer patterns need (tens of steps a match), and still over in milliseconds.
constexpr uint32_t kMatchLimit = 1'000'000;
constexpr uint32_t kHeapLimitKibibytes = 64 * 1024;
constexpr size_t kPatternLimitBytes = 64 * 1024;

std::string pcre2_message(int code) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

pcre2_match_context* make_match_context() {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  if (context == nullptr) throw std::bad_alloc();
  pcre2_set_match_limit(context, kMatchLimit);
  pcre2_set_heap_limit(context, kHeapLimitKibibytes);
  return context;
}

// One pair of offsets is all that is read, right after the match, so that a thread needs one in
// all.
struct MatchData {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = make_match_context();

  MatchData() {
    if (data == nullptr) throw std::bad_alloc();
  }
  ~MatchData() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
  }
  MatchData(const MatchData&) = delete;
  MatchData& operator=(const MatchData&) = delete;
};

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;

  explicit Code(pcre2_code* compiled) : code(compiled) {}
  ~Code() { pcre2_code_free(code); }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
};

Regex::Regex(std::string_view pattern) : pattern_(pattern) {
  if (pattern.size() > kPatternLimitBytes) {
    throw TokenizerError("a regular expression of " + std::to_string(pattern.size()) +
                         " bytes is over the limit of " + std::to_string(kPatternLimitBytes));
  }
  const std::string translated = to_pcre2(pattern);
  int error = 0;
  PCRE2_SIZE error_offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
                    &error_offset, nullptr);
  if (code == nullptr) {
    throw TokenizerError("the regular expression '" + pattern_ +
                         "' can't be compiled: " + pcre2_message(error) + " (near byte " +
                         std::to_string(error_offset) + ")");
  }
  code_ = std::make_shared<const Code>(code);
  // Where no compiler for this machine is there, the interpreter runs the pattern.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
}

std::optional<Match> Regex::find(std::string_view text, size_t from) const {
  thread_local MatchData thread;
  const auto run = [&](uint32_t options) {
    return pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                       PCRE2_NO_UTF_CHECK | options, thread.data, thread.context);
  };
  int result = run(0);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);
  if (result == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (result < 0) {
    throw TokenizerError("the regular expression '" + pattern_ + "' fails on the text at byte " +
                         std::to_string(from) + ": " + pcre2_message(result));
  }
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(thread.data);
  return Match{offsets[0], offsets[1]};
}

size_t Regex::shortest_match_bytes() const {
  uint32_t characters = 0;
  pcre2_pattern_info(code_->code, PCRE2_INFO_MINLENGTH, &characters);
  return characters;
}

}  // namespace lmos::tokenizer
