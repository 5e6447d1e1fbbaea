#include "pipeline/json_writer.h"

#include <cmath>

#include "errors/error.h"
#include "pipeline/yaml_scalar.h"

namespace lmos {
namespace {

void write(const ConfigTree& tree, const std::string& indent, std::string& out) {
  const std::string inner = indent + "  ";
  switch (tree.kind()) {
    case ConfigKind::kNull:
      out += "null";
      break;
    case ConfigKind::kBool:
      out += tree.as_bool() ? "true" : "false";
      break;
    case ConfigKind::kInt:
      out += std::to_string(tree.as_int());
      break;
    case ConfigKind::kFloat:
      if (!std::isfinite(tree.as_double())) {
        throw Error(ErrorKind::kConfiguration, "JSON cannot hold " + describe(tree));
      }
      out += format_double(tree.as_double());
      break;
    case ConfigKind::kString:
      out += json_quote(tree.as_string());
      break;
    case ConfigKind::kList: {
      const char* separator = "\n";
      out += '[';
      for (const ConfigTree& item : tree.items()) {
        out += separator + inner;
        write(item, inner, out);
        separator = ",\n";
      }
      out += tree.items().empty() ? "]" : "\n" + indent + "]";
      break;
    }
    case ConfigKind::kSection: {
      const char* separator = "\n";
      out += '{';
      for (const ConfigMember& member : tree.members()) {
        out += separator + inner + json_quote(member.key) + ": ";
        write(member.value, inner, out);
        separator = ",\n";
      }
      out += tree.members().empty() ? "}" : "\n" + indent + "}";
      break;
    }
  }
}

}  // namespace

std::string write_json(const ConfigTree& tree) {
  std::string out;
  write(tree, "", out);
  return out + "\n";
}

std::string json_quote(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      result += c;
    }
  }
  return result + "\"";
}

}  // namespace lmos
