#include "programs/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "programs/terminal.h"

namespace lmos {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr double kRateMemorySeconds = 10;
constexpr size_t kNarrowestBar = 8;  // columns, without the brackets
constexpr size_t kWidestBar = 30;

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;  // progress that nobody can read is no reason to stop working
    text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string joined(const std::vector<std::string>& parts, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i ? "  " : "") + parts[i];
  return text;
}

int percent(double share) { return static_cast<int>(100 * share); }

// `text` cut to so many columns, never inside a character.
std::string cut(const std::string& text, size_t columns) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts_character && seen++ == columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace

ProgressOptions standard_error_progress() {
  const Terminal terminal = terminal_of(STDERR_FILENO);
  ProgressOptions options;
  options.interactive = terminal.interactive;
  options.colour = terminal.colour;
  options.width = [] { return terminal_width(STDERR_FILENO); };
  options.now = [] {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
  };
  options.write = [](std::string_view text) { write_all(STDERR_FILENO, text); };
  return options;
}

Progress::Progress(ProgressOptions options)
    : options_(std::move(options)), done_(options_.start), last_update_(options_.now()) {
  if (options_.units.empty() && !options_.unit.empty()) options_.units = options_.unit + "s";
}

Progress::~Progress() {
  if (line_open_) options_.write("\n");
}

void Progress::update(int64_t done, std::vector<ProgressField> fields) {
  if (finished_) return;
  const double now = options_.now();
  const double seconds = std::max(0.0, now - last_update_);
  const double keep = std::exp(-seconds / kRateMemorySeconds);
  recent_units_ = recent_units_ * keep + static_cast<double>(std::max<int64_t>(0, done - done_));
  recent_seconds_ = recent_seconds_ * keep + seconds;
  last_update_ = now;
  done_ = done;
  fields_ = std::move(fields);
  updated_ = true;

  const double pause = options_.interactive ? kRedrawSeconds : options_.plain_seconds;
  const bool enough = !options_.interactive && options_.plain_count > 0 &&
                      done_ - last_drawn_done_ >= options_.plain_count;
  if (!drawn_ || enough || now - last_drawn_ >= pause) draw();
}

void Progress::message(std::string_view line) {
  if (line_open_) options_.write("\r\x1b[K");
  options_.write(std::string(line) + "\n");
  if (!line_open_) return;
  line_open_ = false;
  draw();
}

void Progress::finish() {
  if (finished_) return;
  if (updated_) draw();
  if (line_open_) options_.write("\n");
  line_open_ = false;
  finished_ = true;
}

double Progress::rate() const { return recent_seconds_ > 0 ? recent_units_ / recent_seconds_ : 0; }

double Progress::share() const {
  return std::clamp(static_cast<double>(done_) / static_cast<double>(options_.total), 0.0, 1.0);
}

std::vector<std::string> Progress::facts() const {
  std::vector<std::string> facts;
  const std::string done = format_count(done_);
  facts.push_back(options_.total > 0 ? done + "/" + format_count(options_.total)
                                     : done + " " + (done_ == 1 ? options_.unit : options_.units));
  if (rate() > 0) {
    if (!options_.unit.empty()) facts.push_back(format_rate(rate()) + " " + options_.units + "/s");
    const int64_t left = options_.total - done_;
    if (left > 0) facts.push_back(format_duration(static_cast<double>(left) / rate()) + " left");
  }
  for (const ProgressField& field : fields_) facts.push_back(field.name + " " + field.value);
  return facts;
}

std::string Progress::plain_line() const {
  std::string line = options_.label;
  if (options_.total > 0) {
    line += " " + std::to_string(percent(share())) + "%";
  }
  const auto all = facts();
  return line + "  " + joined(all, all.size());
}

std::string Progress::bar_line() const {
  // The last column stays empty: writing there wraps on some terminals.
  const size_t columns = static_cast<size_t>(std::max(20, options_.width())) - 1;
  const auto all = facts();
  size_t shown = all.size();
  while (shown > 1 && options_.label.size() + 2 + joined(all, shown).size() > columns) --shown;
  const std::string tail = joined(all, shown);
  if (options_.total <= 0) return cut(options_.label + "  " + tail, columns);

  char percent_text[8];
  std::snprintf(percent_text, sizeof(percent_text), "%3d%%", percent(share()));
  const std::string head = options_.label + " " + percent_text + " ";
  const size_t used = head.size() + tail.size() + 4;  // brackets and two spaces
  if (used + kNarrowestBar > columns) return cut(head + " " + tail, columns);

  const size_t width = std::min(columns - used, kWidestBar);
  const size_t full = static_cast<size_t>(share() * static_cast<double>(width));
  std::string bar(full, '=');
  if (full < width) bar += '>';
  if (options_.colour) bar = "\x1b[32m" + bar + "\x1b[0m";
  const size_t empty = full < width ? width - full - 1 : 0;
  return head + "[" + bar + std::string(empty, ' ') + "]  " + tail;
}

void Progress::draw() {
  if (options_.interactive) {
    options_.write("\r" + bar_line() + "\x1b[K");
    line_open_ = true;
  } else {
    options_.write(plain_line() + "\n");
  }
  last_drawn_ = last_update_;
  last_drawn_done_ = done_;
  drawn_ = true;
  updated_ = false;
}

std::string format_duration(double seconds) {
  const auto total = static_cast<long long>(std::clamp(seconds, 0.0, 1e9) + 0.5);
  const long long days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60;
  char text[48];
  if (days > 0) {
    std::snprintf(text, sizeof(text), "%lldd %02lld:%02lld", days, hours, minutes);
  } else if (hours > 0) {
    std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", hours, minutes, total % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld:%02lld", minutes, total % 60);
  }
  return text;
}

std::string format_count(int64_t count) {
  std::string text = std::to_string(count);
  const int64_t first = count < 0 ? 1 : 0;
  for (int64_t i = static_cast<int64_t>(text.size()) - 3; i > first; i -= 3) {
    text.insert(static_cast<size_t>(i), 1, ',');
  }
  return text;
}

std::string format_rate(double units_per_second) {
  if (units_per_second >= 1000) {
    return format_count(std::llround(std::min(units_per_second, 1e18)));
  }
  const int decimals = units_per_second >= 100  ? 0
                       : units_per_second >= 10 ? 1
                       : units_per_second >= 1  ? 2
                                                : 3;
  char text[32];
  std::snprintf(text, sizeof(text), "%.*f", decimals, units_per_second);
  return text;
}

}  // namespace lmos
