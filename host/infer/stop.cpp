#include "infer/stop.h"

#include <algorithm>
#include <utility>

#include "errors/error.h"

namespace lmos::infer {
namespace {

// Bytes at the end of `text` that begin a character without completing it.
size_t incomplete_character(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    return length > back && byte <= 0xF4 ? back : 0;
  }
  return 0;
}

}  // namespace

StopMatcher::StopMatcher(std::vector<std::string> stop_strings) {
  for (std::string& text : stop_strings) {
    if (text.empty())
      throw Error(ErrorKind::kConfiguration, "stop: a stop string must not be empty");
    Pattern pattern;
    pattern.text = std::move(text);
    pattern.fallback.assign(pattern.text.size(), 0);
    for (size_t i = 1; i < pattern.text.size(); ++i) {
      pattern.step(pattern.text[i]);
      pattern.fallback[i] = pattern.matched;
    }
    pattern.matched = 0;
    patterns_.push_back(std::move(pattern));
  }
}

void StopMatcher::Pattern::step(char byte) {
  while (matched > 0 && text[matched] != byte) matched = fallback[matched - 1];
  if (text[matched] == byte) ++matched;
}

std::string StopMatcher::push(std::string_view piece) {
  for (char byte : piece) {
    if (stopped_) break;
    held_ += byte;
    size_t complete = 0;
    for (Pattern& pattern : patterns_) {
      pattern.step(byte);
      if (pattern.matched == pattern.text.size()) complete = std::max(complete, pattern.matched);
    }
    if (complete > 0) {
      held_.resize(held_.size() - complete);
      stopped_ = true;
    }
  }
  if (stopped_) return std::exchange(held_, {});
  size_t keep = incomplete_character(held_);
  for (const Pattern& pattern : patterns_) keep = std::max(keep, pattern.matched);
  return release(keep);
}

std::string StopMatcher::finish() { return release(0); }

std::string StopMatcher::release(size_t keep) {
  std::string text = held_.substr(0, held_.size() - keep);
  held_.erase(0, text.size());
  return text;
}

}  // namespace lmos::infer
