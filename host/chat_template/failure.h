// An error in a template, at a line of it.
#pragma once

#include <stdexcept>
#include <string>

namespace lmos::chat {

class Failure : public std::runtime_error {
 public:
  // line 0: where the node that is evaluated stands.
  explicit Failure(const std::string& message, int line = 0)
      : std::runtime_error(message), line_(line) {}
  int line() const { return line_; }

 private:
  int line_;
};

}  // namespace lmos::chat
