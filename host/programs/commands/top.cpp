#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/commands/command.h"
#include "programs/server.h"
#include "programs/terminal.h"
#include "programs/top_view.h"

namespace lmos {
namespace {

// The whole terminal for a view that is redrawn in place, and keys as they are struck; as before
// once it ends.
class FullScreen {
 public:
  FullScreen() : with_keys_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (with_keys_) {
      termios raw = before_;
      raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      raw.c_cc[VMIN] = 0;
      raw.c_cc[VTIME] = 0;
      tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    write("\x1b[?1049h\x1b[?25l");
  }
  ~FullScreen() {
    write("\x1b[?25h\x1b[?1049l");
    if (with_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  void show(const std::vector<std::string>& lines) {
    std::string text = "\x1b[H";
    for (const std::string& line : lines) text += line + "\x1b[K\r\n";
    write(text + "\x1b[J");
  }

  // The key struck within so many seconds; 0: none.
  char wait_for_key(double seconds) {
    pollfd entry{with_keys_ ? STDIN_FILENO : -1, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(seconds * 1000)) <= 0) return 0;
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) with_keys_ = false;
    return key;
  }

 private:
  static void write(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  termios before_{};
  bool with_keys_;
};

void check_interrupted() {
  if (Session::interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
}

void wait(double seconds) {
  ::poll(nullptr, 0, static_cast<int>(seconds * 1000));
  check_interrupted();
}

void watch(client::Client& client, double interval) {
  const std::string server = client.address().url();
  client::ServerFigures before = client::read_figures(client), shown = before;
  FullScreen screen;
  bool paused = false;
  for (bool first = true;; first = false) {
    if (!paused && !first) {
      before = std::exchange(shown, client::read_figures(client));
    }
    auto lines = top_lines(server, before, shown, terminal_width(STDOUT_FILENO));
    lines.insert(lines.end(), {"", paused ? "paused; p goes on, q ends" : "p pauses, q ends"});
    screen.show(lines);
    const char key = screen.wait_for_key(first ? std::min(interval, 0.5) : interval);
    if (key == 'q' || Session::interrupted()) return;
    if (key == 'p') paused = !paused;
  }
}

int show_top(const Arguments& arguments, Session&) {
  Session::catch_signals();
  client::Client client(server_of(arguments));
  const double interval = arguments.number("interval", 0.1).value_or(1);
  const bool json = arguments.flag("json");
  const bool interactive =
      terminal_of(STDOUT_FILENO).interactive && !json && !arguments.flag("once");
  if (interactive) {
    watch(client, interval);
    return 0;
  }
  client::ServerFigures before = client::read_figures(client);
  do {
    wait(interval);
    client::ServerFigures now = client::read_figures(client);
    if (json) {
      std::printf("%s\n", compact_json(top_json(before, now)).c_str());
    } else {
      constexpr int kAnyWidth = 1000;
      for (const std::string& line : top_lines(client.address().url(), before, now, kAnyWidth))
        std::printf("%s\n", line.c_str());
    }
    std::fflush(stdout);
    before = std::move(now);
  } while (!arguments.flag("once") && !std::ferror(stdout));
  return 0;
}

}  // namespace

Command top_command() {
  return {{.name = "top",
           .summary = "Watch a server: throughput, queues, cache, memory, jobs.",
           .detail = "Redrawn in place; p pauses, q ends. Elsewhere than on a terminal, and with "
                     "--json, one report follows another.",
           .positionals = {},
           .options = {url_option(),
                       {.name = "interval",
                        .value = "SECONDS",
                        .doc = "Between two looks.",
                        .default_text = "1"},
                       {.name = "once", .value = {}, .doc = "One report, of one interval."},
                       json_option()}},
          show_top};
}

}  // namespace lmos
