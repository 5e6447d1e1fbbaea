#include "programs/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace lmos {

Terminal terminal_of(int descriptor) {
  const char* type = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");  // any value but the empty one; no-color.org
  Terminal terminal;
  terminal.interactive = isatty(descriptor) != 0 && type && std::string_view(type) != "dumb";
  terminal.colour = terminal.interactive && !(no_color && *no_color);
  return terminal;
}

int terminal_width(int descriptor) {
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace lmos
