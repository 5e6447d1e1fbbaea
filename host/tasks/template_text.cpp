#include "tasks/template_text.h"

#include <utility>

#include "errors/error.h"

namespace lmos::tasks {

TextTemplate::TextTemplate(const std::string& text) {
  std::string plain;
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::kConfiguration,
                "the template `" + text + "` " + what + "; a brace itself is written twice");
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      plain += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      plain += c;
      ++i;
    } else if (c == '}') {
      fail("closes a field that it does not open");
    } else {
      const size_t end = text.find_first_of("{}", i + 1);
      if (end == std::string::npos || text[end] == '{' || end == i + 1)
        fail("opens a field without a name and `}`");
      parts_.push_back({false, std::exchange(plain, {})});
      parts_.push_back({true, text.substr(i + 1, end - i - 1)});
      i = end;
    }
  }
  parts_.push_back({false, std::move(plain)});
}

std::optional<std::string> TextTemplate::fill(const components::Record& record) const {
  std::string filled;
  for (const Part& part : parts_) {
    if (!part.is_field) {
      filled += part.text;
      continue;
    }
    if (record.find(part.text) == nullptr) return std::nullopt;
    const std::string value = record.text(part.text);
    if (value.empty()) return std::nullopt;
    filled += value;
  }
  return filled;
}

std::string fill_first(const std::vector<TextTemplate>& templates, const components::Record& record,
                       const std::string& what) {
  for (const TextTemplate& each : templates)
    if (auto text = each.fill(record)) return *std::move(text);
  record.fail("no template of the " + what +
              " finds all of its fields here, with text in them; see task." + what);
}

}  // namespace lmos::tasks
