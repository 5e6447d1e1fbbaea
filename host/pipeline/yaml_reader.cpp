#include "pipeline/yaml_reader.h"

#include <fstream>
#include <istream>
#include <streambuf>

#include "errors/error.h"
#include "pipeline/yaml_events.h"
#include "pipeline/yaml_text.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace lmos {
namespace {

// Reads a string that somebody else holds, without copying it.
class StringView : public std::streambuf {
 public:
  explicit StringView(const std::string& text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

[[noreturn]] void fail_parse(const YAML::ParserException& error, const YamlText& text) {
  const size_t offset = error.mark.is_null() ? 0 : static_cast<size_t>(error.mark.pos);
  const Place tab = text.tab_indentation(offset);
  if (tab.line != 0) {
    throw Error(ErrorKind::kConfiguration,
                tab.text() + ": a tab cannot indent YAML; use spaces (" + error.msg + ")");
  }
  const std::string what = offset >= text.text().size()
                               ? "the text ends inside a value; is a quote or bracket left open?"
                               : "malformed YAML: " + error.msg;
  throw Error(ErrorKind::kConfiguration, text.place(offset).text() + ": " + what);
}

}  // namespace

ConfigTree parse_yaml(std::string bytes, const Place& source) {
  const YamlText text(std::move(bytes), source);
  // At a bare end, yaml-cpp closes an open quote itself and takes an open list for a key; at the
  // end of a document it refuses both.
  const std::string ended = text.text() + "\n...\n";
  StringView buffer(ended);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    YamlEvents events(text);
    while (parser.HandleNextDocument(events)) {
    }
    return events.result();
  } catch (const YAML::ParserException& error) {
    fail_parse(error, text);
  }
}

std::string read_yaml_text(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw Error(ErrorKind::kConfiguration, path.string() + " is a folder, not a YAML file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorKind::kConfiguration,
                "cannot open " + path.string() + "; is the path right, and readable?");
  }
  // One byte more than is allowed, so that a longer file is noticed without reading all of it.
  std::string text(YamlText::kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw Error(ErrorKind::kConfiguration, "cannot read " + path.string());
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > YamlText::kMaxBytes) {
    throw Error(ErrorKind::kConfiguration,
                path.string() + ": too long for a configuration (at most 1 MiB)");
  }
  return text;
}

ConfigTree read_yaml_file(const std::filesystem::path& path) {
  return parse_yaml(read_yaml_text(path), Place::in(path.string()));
}

}  // namespace lmos
