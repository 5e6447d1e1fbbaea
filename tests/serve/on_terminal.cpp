#include "serve/on_terminal.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace lmos::test {
namespace {

constexpr int kPatience = 60'000;  // milliseconds

}  // namespace

OnTerminal::OnTerminal(const std::vector<std::string>& words) {
  const std::string program = std::string(LLMASOS_PROGRAM_DIRECTORY) + "/llmasos";
  std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const winsize size{24, 80, 0, 0};
  process_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (process_ != 0) return;
  setenv("TERM", "xterm", 1);
  // libedit never frees the name and the description of a command that was added to it.
  const char* options = getenv("ASAN_OPTIONS");
  const std::string leaks = std::string(options == nullptr ? "" : options) + ":detect_leaks=0";
  setenv("ASAN_OPTIONS", leaks.c_str(), 1);
  execv(program.c_str(), arguments.data());
  _exit(127);
}

OnTerminal::~OnTerminal() {
  close(terminal_);
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void OnTerminal::type(const std::string& keys) {
  EXPECT_EQ(write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool OnTerminal::wait_for(const std::string& text) {
  for (;;) {
    const size_t found = seen_.find(text);
    if (found != std::string::npos) {
      seen_.erase(0, found + text.size());
      return true;
    }
    if (!read_more()) {
      ADD_FAILURE() << "not shown: " << text << "\nbut: " << seen_;
      return false;
    }
  }
}

bool OnTerminal::wait_for_prompt() {
  if (!wait_for("> ")) return false;
  termios settings{};
  while (tcgetattr(terminal_, &settings) == 0)
    if ((settings.c_lflag & ICANON) == 0) return true;
  return false;
}

int OnTerminal::exit_code() {
  while (read_more()) continue;
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool OnTerminal::read_more() {
  pollfd entry{terminal_, POLLIN, 0};
  if (::poll(&entry, 1, kPatience) <= 0) return false;
  char bytes[4096];
  const ssize_t count = read(terminal_, bytes, sizeof bytes);
  if (count <= 0) return false;
  seen_.append(bytes, static_cast<size_t>(count));
  return true;
}

}  // namespace lmos::test
