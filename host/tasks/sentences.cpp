#include "tasks/sentences.h"

namespace lmos::tasks {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Bytes of the mark that ends a sentence at the beginning of `text`, or 0.
size_t mark(std::string_view text) {
  if (text.front() == '.' || text.front() == '!' || text.front() == '?') {
    size_t size = 1;
    while (size < text.size() &&
           std::string_view(".!?\"')]").find(text[size]) != std::string_view::npos)
      ++size;
    return size == text.size() || is_space(text[size]) ? size : 0;
  }
  for (const std::string_view wide : {"\u3002", "\uff01", "\uff1f"})
    if (text.starts_with(wide)) return wide.size();
  return 0;
}

void add(std::vector<std::string_view>& pieces, std::string_view piece) {
  if (piece = trimmed(piece); !piece.empty()) pieces.push_back(piece);
}

}  // namespace

std::vector<std::string_view> sentences(std::string_view document) {
  std::vector<std::string_view> pieces;
  size_t begin = 0;
  for (size_t i = 0; i < document.size();) {
    const bool line = document[i] == '\n';
    const size_t size = line ? 1 : mark(document.substr(i));
    i += size == 0 ? 1 : size;
    if (size == 0) continue;
    add(pieces, document.substr(begin, i - begin));
    begin = i;
  }
  add(pieces, document.substr(begin));
  return pieces;
}

}  // namespace lmos::tasks
