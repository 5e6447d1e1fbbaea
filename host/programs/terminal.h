// What is at the other end of a file descriptor.
#pragma once

namespace lmos {

struct Terminal {
  bool interactive = false;  // someone looks at it, and lines can be redrawn
  bool colour = false;       // interactive, and NO_COLOR is not set
};

Terminal terminal_of(int descriptor);

// Columns of the terminal now; 80 when it does not say. [any-thread]
int terminal_width(int descriptor);

}  // namespace lmos
