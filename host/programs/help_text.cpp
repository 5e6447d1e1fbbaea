#include <algorithm>
#include <utility>

#include "pipeline/nearest_name.h"
#include "programs/arguments.h"

namespace lmos {
namespace {

constexpr size_t kWidth = 90;       // columns
constexpr size_t kWidestTerm = 26;  // columns; a longer term gets a line of its own

using Row = std::pair<std::string, std::string>;  // term, explanation

// `text` broken at spaces, every line after the first indented.
std::string wrapped(const std::string& text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(' ', start), text.size());
    const size_t length = end - start;
    if (column > indent && column + 1 + length > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(text, start, length);
    column += length;
    start = end + 1;
  }
  return out;
}

// Each line of `text` wrapped on its own, with a line feed at the end.
std::string paragraphs(const std::string& text) {
  std::string out;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    out += wrapped(text.substr(start, end - start), 0) + "\n";
    start = end + 1;
  }
  return out;
}

std::string table(const std::vector<Row>& rows) {
  size_t widest = 0;
  for (const Row& row : rows) {
    if (row.first.size() <= kWidestTerm) widest = std::max(widest, row.first.size());
  }
  const size_t indent = widest + 4;
  std::string out;
  for (const auto& [term, explanation] : rows) {
    out += "  " + term;
    const bool fits = term.size() <= widest;
    out += fits ? std::string(indent - 2 - term.size(), ' ') : "\n" + std::string(indent, ' ');
    out += wrapped(explanation, indent) + "\n";
  }
  return out;
}

std::string option_term(const OptionSpec& option) {
  std::string term = option.letter != 0 ? std::string("-") + option.letter + ", " : "";
  term += "--" + option.name;
  if (!option.value.empty()) term += " " + option.value;
  return term;
}

std::string option_explanation(const OptionSpec& option) {
  std::string text = option.doc;
  if (!option.choices.empty()) text += " (" + join_names(option.choices) + ")";
  if (!option.default_text.empty()) text += " [default: " + option.default_text + "]";
  if (option.required) text += " [required]";
  if (option.repeated) text += " [may be repeated]";
  return text;
}

std::string usage(const ProgramSpec& program, const CommandSpec& command) {
  std::string line = "Usage: " + program.name;
  if (!command.name.empty()) line += " " + command.name;
  for (const PositionalSpec& positional : command.positionals) {
    const std::string name = positional.name + (positional.repeated ? "..." : "");
    line += positional.required ? " " + name : " [" + name + "]";
  }
  for (const OptionSpec& option : command.options) {
    if (option.required) line += " " + option_term(option);
  }
  return line + " [options]\n\n";
}

}  // namespace

std::string command_help(const ProgramSpec& program, const CommandSpec& command) {
  std::string out = usage(program, command) + paragraphs(command.summary);
  if (!command.detail.empty()) out += "\n" + paragraphs(command.detail);
  std::vector<Row> positionals, options;
  for (const PositionalSpec& positional : command.positionals) {
    positionals.emplace_back(positional.name, positional.doc);
  }
  for (const OptionSpec& option : command.options) {
    options.emplace_back(option_term(option), option_explanation(option));
  }
  options.emplace_back("--help", "Show this help.");
  if (!positionals.empty()) out += "\nArguments:\n" + table(positionals);
  out += "\nOptions:\n" + table(options);
  if (command.name.empty() && !program.closing.empty()) out += "\n" + paragraphs(program.closing);
  return out;
}

std::string program_help(const ProgramSpec& program) {
  std::string out = "Usage: " + program.name + " COMMAND [arguments]\n\n" +
                    paragraphs(program.summary) + "\nCommands:\n";
  std::vector<Row> commands;
  for (const CommandSpec& command : program.commands) {
    commands.emplace_back(command.name, command.summary);
  }
  out += table(commands);
  out += "\n" + program.name + " COMMAND --help explains a command; " + program.name +
         " --version prints the version.\n";
  if (!program.closing.empty()) out += "\n" + paragraphs(program.closing);
  return out;
}

}  // namespace lmos
