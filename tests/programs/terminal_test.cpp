#include "programs/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>

namespace lmos {
namespace {

TEST(Terminal, IsInteractiveWithColourUnlessTheEnvironmentSaysNo) {
  int master = -1, terminal = -1;
  winsize size = {.ws_row = 24, .ws_col = 123};
  ASSERT_EQ(openpty(&master, &terminal, nullptr, nullptr, &size), 0);
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  EXPECT_TRUE(terminal_of(terminal).interactive);
  EXPECT_TRUE(terminal_of(terminal).colour);
  EXPECT_EQ(terminal_width(terminal), 123);
  setenv("NO_COLOR", "1", 1);
  EXPECT_TRUE(terminal_of(terminal).interactive);
  EXPECT_FALSE(terminal_of(terminal).colour);
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(terminal_of(terminal).interactive);
  close(terminal);
  close(master);
}

TEST(Terminal, IsNoFile) {
  const int file = open("/dev/null", O_WRONLY);
  setenv("TERM", "xterm", 1);
  EXPECT_FALSE(terminal_of(file).interactive);
  EXPECT_EQ(terminal_width(file), 80);
  close(file);
}

}  // namespace
}  // namespace lmos
