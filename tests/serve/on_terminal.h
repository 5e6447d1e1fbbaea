// A terminal of 24 lines with `llmasos WORDS...` in it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace lmos::test {

class OnTerminal {
 public:
  explicit OnTerminal(const std::vector<std::string>& words);
  ~OnTerminal();
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void type(const std::string& keys);
  // Reads until `text` is shown, and forgets what came up to it; false if the program ended first.
  bool wait_for(const std::string& text);
  // Waits for "> " and until keys are read one by one: before, Ctrl-D is the terminal's own.
  bool wait_for_prompt();
  // Waits for the end.
  int exit_code();

 private:
  bool read_more();

  int terminal_ = -1;
  pid_t process_ = -1;
  std::string seen_;
};

}  // namespace lmos::test
