// How far a long piece of work is: a bar that redraws itself on a terminal, lines now and then
// elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lmos {

// Shown behind the bar: {"loss", "1.234"}.
struct ProgressField {
  std::string name;
  std::string value;
};

struct ProgressOptions {
  std::string label;         // "train"
  std::string unit;          // of the count, in the singular: "step"; empty: no rate is shown
  std::string units = {};    // the plural; empty: the singular with an s
  int64_t total = 0;         // 0: unknown
  int64_t start = 0;         // done before this began, as in a resumed run
  bool interactive = false;  // redraw one line
  bool colour = false;
  double plain_seconds = 10;    // between lines when not interactive ...
  int64_t plain_count = 0;      // ... or after so many more units; 0: by time alone
  std::function<int()> width;   // columns
  std::function<double()> now;  // seconds on a clock that never goes back
  std::function<void(std::string_view)> write;
};

// Options for standard error: its kind, width and the steady clock filled in.
ProgressOptions standard_error_progress();

// One thread at a time.
class Progress {
 public:
  explicit Progress(ProgressOptions options);
  // Leaves the terminal at the start of a line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` counts from 0, with `start` in it. Draws at most ten times a second.
  void update(int64_t done, std::vector<ProgressField> fields = {});

  // A line of text above the bar.
  void message(std::string_view line);

  // Shows the last state and ends the line. Nothing is drawn after it.
  void finish();

 private:
  double rate() const;   // units a second, the recent ones counting most; 0 if unknown
  double share() const;  // of the total, 0 to 1; only with a total
  std::string bar_line() const;
  std::string plain_line() const;
  std::vector<std::string> facts() const;
  void draw();

  ProgressOptions options_;
  int64_t done_;
  std::vector<ProgressField> fields_;
  double last_update_;       // seconds
  double recent_units_ = 0;  // decaying sums, whose quotient is the rate
  double recent_seconds_ = 0;
  double last_drawn_ = 0;  // seconds; meaningful once something was drawn
  int64_t last_drawn_done_ = 0;
  bool updated_ = false;  // since the last drawing
  bool drawn_ = false;
  bool line_open_ = false;  // the cursor is behind a bar
  bool finished_ = false;
};

// 5 -> "0:05", 3723 -> "1:02:03", 90061 -> "1d 01:01".
std::string format_duration(double seconds);

// 12345678 -> "12,345,678".
std::string format_count(int64_t count);

// Three digits or all before the point: 0.012, 4.56, 78.9, 1,234.
std::string format_rate(double units_per_second);

}  // namespace lmos
