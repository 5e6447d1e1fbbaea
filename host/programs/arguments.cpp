#include "programs/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "errors/error.h"
#include "pipeline/nearest_name.h"
#include "pipeline/quoted_text.h"

namespace lmos {
namespace {

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorKind::kUsage, message); }

std::string hint(const std::string& name, const std::vector<std::string>& names,
                 const std::string& prefix) {
  const auto nearest = nearest_name(name, names);
  return nearest ? "; did you mean '" + prefix + *nearest + "'?" : "";
}

}  // namespace

// Consumes the words of one command line.
class ArgumentParser {
 public:
  ArgumentParser(const ProgramSpec& program, const std::vector<std::string>& words)
      : program_(program), words_(words) {}

  Arguments parse() {
    const bool single = program_.commands.size() == 1 && program_.commands[0].name.empty();
    const std::string first = words_.empty() ? "" : words_[0];
    if (first == "--version") {
      result_.answer_ = program_.name + " " + program_.version + "\n";
      return result_;
    }
    if (single) {
      command_ = &program_.commands[0];
    } else {
      if (!choose_command(first)) return result_;
      next_ = 1;
    }
    result_.command_ = command_->name;
    for (const OptionSpec& option : command_->options) result_.values_[option.name];
    for (const PositionalSpec& positional : command_->positionals) {
      result_.values_[positional.name];
    }
    while (next_ < words_.size() && result_.answer_.empty()) take(words_[next_++]);
    if (result_.answer_.empty()) check_required();
    return result_;
  }

 private:
  // False when the answer is help.
  bool choose_command(const std::string& word) {
    std::string name = word;
    const bool help = word == "--help" || word == "-h" || word == "help";
    if (help && (word != "help" || words_.size() == 1)) {
      result_.answer_ = program_help(program_);
      return false;
    }
    if (help) name = words_[1];
    std::vector<std::string> names;
    for (const CommandSpec& command : program_.commands) {
      if (command.name == name) command_ = &command;
      names.push_back(command.name);
    }
    if (!command_) {
      fail((name.empty() ? "which command?" : "unknown command " + in_quotes(name)) +
           hint(name, names, "") + " (commands: " + join_names(names) + "; see " + program_.name +
           " --help)");
    }
    if (help) result_.answer_ = command_help(program_, *command_);
    return !help;
  }

  std::string see_help() const {
    return " (see " + program_.name + (command_->name.empty() ? "" : " " + command_->name) +
           " --help)";
  }

  void take(const std::string& word) {
    if (only_positionals_ || word.size() < 2 || word[0] != '-') {
      take_positional(word);
    } else if (word == "--") {
      only_positionals_ = true;
    } else if (word == "--help" || word == "-h") {
      result_.answer_ = command_help(program_, *command_);
    } else if (word.starts_with("--")) {
      take_option(word.substr(2));
    } else if (const OptionSpec* option = find_letter(word)) {
      take_option(option->name);
    } else {
      fail("unknown option " + in_quotes(word) + "; options begin with two dashes" + see_help());
    }
  }

  void take_positional(const std::string& word) {
    for (const PositionalSpec& positional : command_->positionals) {
      auto& values = result_.values_[positional.name];
      if (values.empty() || positional.repeated) {
        values.push_back(word);
        return;
      }
    }
    fail("unexpected argument " + in_quotes(word) + see_help());
  }

  void take_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const OptionSpec& option = find_option(name);
    auto& values = result_.values_[name];
    if (!values.empty() && !option.repeated) fail("--" + name + " is given twice");
    if (option.value.empty()) {
      if (equals != std::string::npos) fail("--" + name + " takes no value");
      values.push_back("");
      return;
    }
    values.push_back(equals != std::string::npos ? word.substr(equals + 1) : next_value(option));
    if (!option.choices.empty() &&
        !std::count(option.choices.begin(), option.choices.end(), values.back())) {
      fail("--" + name + ": " + in_quotes(values.back()) + " is none of the choices" +
           hint(values.back(), option.choices, "") + " (choices: " + join_names(option.choices) +
           ")");
    }
  }

  const OptionSpec* find_letter(const std::string& word) const {
    for (const OptionSpec& option : command_->options)
      if (option.letter != 0 && word.size() == 2 && word[1] == option.letter) return &option;
    return nullptr;
  }

  const OptionSpec& find_option(const std::string& name) const {
    std::vector<std::string> names = {"help"};
    for (const OptionSpec& option : command_->options) {
      if (option.name == name) return option;
      names.push_back(option.name);
    }
    fail("unknown option " + in_quotes("--" + name) + hint(name, names, "--") + see_help());
  }

  std::string next_value(const OptionSpec& option) {
    // An option right behind is a forgotten value much more often than a value with dashes.
    if (next_ >= words_.size() || words_[next_].starts_with("--")) {
      fail("--" + option.name + " needs a value: --" + option.name + " " + option.value +
           " (or --" + option.name + "=" + option.value + ")");
    }
    return words_[next_++];
  }

  void check_required() const {
    for (const PositionalSpec& positional : command_->positionals) {
      if (positional.required && result_.values(positional.name).empty()) {
        fail("missing argument " + positional.name + ": " + positional.doc + see_help());
      }
    }
    for (const OptionSpec& option : command_->options) {
      if (option.required && result_.values(option.name).empty()) {
        fail("missing option --" + option.name + " " + option.value + ": " + option.doc +
             see_help());
      }
    }
  }

  const ProgramSpec& program_;
  const std::vector<std::string>& words_;
  const CommandSpec* command_ = nullptr;
  size_t next_ = 0;  // index into words_
  bool only_positionals_ = false;
  Arguments result_;
};

Arguments parse_arguments(const ProgramSpec& program, const std::vector<std::string>& words) {
  return ArgumentParser(program, words).parse();
}

const std::vector<std::string>& Arguments::values(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    throw Error(ErrorKind::kInternal,
                "the command '" + command_ + "' declares no argument '" + std::string(name) + "'");
  }
  return found->second;
}

bool Arguments::flag(std::string_view option) const { return !values(option).empty(); }

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto& given = values(name);
  return given.empty() ? std::nullopt : std::optional(given.back());
}

std::string Arguments::text_or(std::string_view name, std::string absent) const {
  return text(name).value_or(std::move(absent));
}

std::vector<std::string> Arguments::texts(std::string_view name) const { return values(name); }

std::optional<int64_t> Arguments::integer(std::string_view option, int64_t minimum) const {
  const auto given = text(option);
  if (!given) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error != std::errc() || end != given->data() + given->size()) {
    fail("--" + std::string(option) + ": expected an integer, found " + in_quotes(*given));
  }
  if (value < minimum) {
    fail("--" + std::string(option) + ": " + *given + " is out of range (at least " +
         std::to_string(minimum) + ")");
  }
  return value;
}

std::optional<double> Arguments::number(std::string_view option, double minimum) const {
  const auto given = text(option);
  if (!given) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error != std::errc() || end != given->data() + given->size() || !std::isfinite(value)) {
    fail("--" + std::string(option) + ": expected a number, found " + in_quotes(*given));
  }
  if (value < minimum) {
    char bound[32];
    const auto bound_end = std::to_chars(bound, bound + sizeof(bound), minimum).ptr;
    fail("--" + std::string(option) + ": " + *given + " is out of range (at least " +
         std::string(bound, bound_end) + ")");
  }
  return value;
}

}  // namespace lmos
