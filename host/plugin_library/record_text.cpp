#include "plugin_library/record_text.h"

#include <charconv>

namespace lmos::registry {

namespace {

constexpr std::string_view kFirstLine = "plugin";
constexpr std::string_view kLastLine = "end";

bool read_number(std::string_view text, uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_member(std::string_view key, std::string_view value, PluginRecord& record) {
  if (key == "abi_min") return read_number(value, record.abi_min);
  if (key == "abi_max") return read_number(value, record.abi_max);
  std::string text = unescape_line(value);
  if (key == "path")
    record.path = text;
  else if (key == "name")
    record.name = text;
  else if (key == "version")
    record.version = text;
  else if (key == "description")
    record.description = text;
  else if (key == "licence")
    record.licence = text;
  else if (key == "interface")
    record.interfaces.push_back(text);
  else if (key == "refused")
    record.state = PluginState::kRefused, record.reason = text;
  else
    return false;
  return true;
}

}  // namespace

std::string escape_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    if (c == '\n')
      line += "\\n";
    else if (c == '\\')
      line += "\\\\";
    else
      line += c;
  }
  return line;
}

std::string unescape_line(std::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '\\' && i + 1 < line.size();
    if (!escaped)
      text += line[i];
    else
      text += line[++i] == 'n' ? '\n' : line[i];
  }
  return text;
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::string write_record(const PluginRecord& record) {
  std::string text(kFirstLine);
  const auto line = [&](std::string_view key, std::string_view value) {
    text += "\n" + std::string(key) + " " + escape_line(value);
  };
  line("path", record.path.native());
  line("name", record.name);
  line("version", record.version);
  line("description", record.description);
  line("licence", record.licence);
  line("abi_min", std::to_string(record.abi_min));
  line("abi_max", std::to_string(record.abi_max));
  for (const std::string& id : record.interfaces) line("interface", id);
  if (record.state == PluginState::kRefused) line("refused", record.reason);
  return text + "\n" + std::string(kLastLine) + "\n";
}

std::optional<PluginRecord> take_record(std::string_view& text) {
  if (take_line(text) != kFirstLine) return std::nullopt;
  PluginRecord record;
  while (const auto line = take_line(text)) {
    if (*line == kLastLine) return record;
    const size_t space = line->find(' ');
    if (space == std::string_view::npos ||
        !read_member(line->substr(0, space), line->substr(space + 1), record))
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace lmos::registry
