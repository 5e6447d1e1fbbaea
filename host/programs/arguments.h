// Command lines as tables: what a program accepts is declared, parsing and --help follow from it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmos {

// `--name VALUE` or `--name=VALUE`; without a `value` it is a flag.
struct OptionSpec {
  std::string name;   // without the dashes
  std::string value;  // what help calls the value: "FILE", "N"; empty: a flag
  std::string doc;
  bool repeated = false;
  bool required = false;
  std::string default_text = {};          // what absence means, for help
  std::vector<std::string> choices = {};  // empty: any value
  char letter = 0;                        // of a flag: -f is short for its name; 0: none
};

struct PositionalSpec {
  std::string name;  // as help writes it: "FILE"
  std::string doc;
  bool required = true;
  bool repeated = false;  // takes all that remain; last only
};

struct CommandSpec {
  std::string name;     // "train"; empty in a program that has this one command only
  std::string summary;  // one line
  std::string detail;   // more for its own help; may be empty
  std::vector<PositionalSpec> positionals;
  std::vector<OptionSpec> options;
};

struct ProgramSpec {
  std::string name;
  std::string version;
  std::string summary;
  std::vector<CommandSpec> commands;
  std::string closing;  // the end of the program's help: exit codes, files; may have several lines
};

// What a command line said. Asking for a name that its command does not declare is
// Error(kInternal).
class Arguments {
 public:
  // Not empty when --help or --version was asked for: print it and exit with 0.
  const std::string& answer() const { return answer_; }
  const std::string& command() const { return command_; }

  bool flag(std::string_view option) const;
  // An option's or positional's value; none when it was not given.
  std::optional<std::string> text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string absent) const;
  // All values, in order, of a repeated option or positional.
  std::vector<std::string> texts(std::string_view name) const;
  // Throw Error(kUsage) when the value is no such number or below the minimum.
  std::optional<int64_t> integer(std::string_view option,
                                 int64_t minimum = std::numeric_limits<int64_t>::min()) const;
  std::optional<double> number(std::string_view option,
                               double minimum = -std::numeric_limits<double>::infinity()) const;

 private:
  friend class ArgumentParser;

  const std::vector<std::string>& values(std::string_view name) const;

  std::string answer_;
  std::string command_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // each declared name
};

// `words`: argv without the program's name. After `--`, every word is positional. Throws
// Error(kUsage) that names the nearest option or command for one that is unknown.
Arguments parse_arguments(const ProgramSpec& program, const std::vector<std::string>& words);

// "Usage: ..." of the program, or of one of its commands.
std::string program_help(const ProgramSpec& program);
std::string command_help(const ProgramSpec& program, const CommandSpec& command);

}  // namespace lmos
