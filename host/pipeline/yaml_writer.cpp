#include "pipeline/yaml_writer.h"

#include <algorithm>

#include "formats/json_string.h"
#include "pipeline/yaml_scalar.h"

namespace lmos {
namespace {

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '/' || c == '.' || c == '-';
}

// Quotes whatever is not obviously a word or a path, or would be read as another type.
std::string write_string(const std::string& text) {
  const bool plain = !text.empty() && text[0] != '-' && text[0] != '.' &&
                     !(text[0] >= '0' && text[0] <= '9') &&
                     std::all_of(text.begin(), text.end(), is_plain_character);
  if (plain && scalar_from_plain(text, {}).kind() == ConfigKind::kString) return text;
  std::string quoted;  // YAML reads a JSON string as the same string
  append_json_string(text, quoted);
  return quoted;
}

// A value that fits on its key's line.
std::string write_inline(const ConfigTree& tree) {
  switch (tree.kind()) {
    case ConfigKind::kNull:
      return "null";
    case ConfigKind::kBool:
      return tree.as_bool() ? "true" : "false";
    case ConfigKind::kInt:
      return std::to_string(tree.as_int());
    case ConfigKind::kFloat:
      return format_double(tree.as_double());
    case ConfigKind::kString:
      return write_string(tree.as_string());
    case ConfigKind::kList: {
      std::string out = "[";
      for (const ConfigTree& item : tree.items()) {
        out += (out.size() > 1 ? ", " : "") + write_inline(item);
      }
      return out + "]";
    }
    case ConfigKind::kSection:
      return "{}";
  }
  return {};
}

bool is_nested(const ConfigTree& tree) {
  return tree.kind() == ConfigKind::kSection || tree.kind() == ConfigKind::kList;
}

bool fits_inline(const ConfigTree& tree) {
  if (tree.is_section()) return tree.members().empty();
  if (!tree.is_list()) return true;
  return std::none_of(tree.items().begin(), tree.items().end(), is_nested);
}

void write_block(const ConfigTree& tree, const std::string& indent, std::string& out);

// What follows "key:" or "-", up to and with the line feed.
void write_value(const ConfigTree& value, const std::string& indent, std::string& out) {
  if (fits_inline(value)) {
    out += ' ';
    out += write_inline(value) + "\n";
  } else {
    out += "\n";
    write_block(value, indent + "  ", out);
  }
}

void write_block(const ConfigTree& tree, const std::string& indent, std::string& out) {
  if (tree.is_list()) {
    for (const ConfigTree& item : tree.items()) {
      out += indent + "-";
      write_value(item, indent, out);
    }
  } else {
    for (const ConfigMember& member : tree.members()) {
      out += indent + write_string(member.key) + ":";
      write_value(member.value, indent, out);
    }
  }
}

}  // namespace

std::string write_yaml(const ConfigTree& tree) {
  if (fits_inline(tree)) return write_inline(tree) + "\n";
  std::string out;
  write_block(tree, "", out);
  return out;
}

}  // namespace lmos
