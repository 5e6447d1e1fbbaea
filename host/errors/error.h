// The one exception type of the host: a kind that decides the exit code, and a message that says what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace lmos {

// What went wrong, from the user's side. The value is the exit code of the command line.
enum class ErrorKind : int {
  kInternal = 1,       // a defect of LLMasOS, or a check such as `verify` that did not hold
  kUsage = 2,          // the command line
  kConfiguration = 3,  // a YAML pipeline or a plugin's section in it
  kInput = 4,          // a model, tokenizer, data set or checkpoint that can't be read
  kPlugin = 5,         // a plugin that is missing, refused or failing
  kResource = 6,       // memory, disk, file descriptors, devices
  kNumeric = 7,        // NaN or infinite loss
  kInterrupted = 130,  // Ctrl-C or SIGTERM; the state was saved
};

class Error : public std::runtime_error {
 public:
  // `message`: one or more lines for the user: what, where (file:line:column), and what to do.
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

}  // namespace lmos
