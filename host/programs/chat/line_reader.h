// Lines that a user types, with editing and history; or lines of a pipe.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace lmos {

class LineReader {
 public:
  // Edits where standard input and output are terminals. `history`: a file that keeps what was
  // typed, for its owner only; empty: none.
  explicit LineReader(std::filesystem::path history);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  bool edits() const;
  struct Line {
    std::string text;      // without its end
    bool dropped = false;  // by Ctrl-C
  };
  // None at the end of the input. `prompt` is shown where lines are edited.
  std::optional<Line> read(const std::string& prompt);
  // What was typed, perhaps of several lines, can be called up again.
  void remember(const std::string& text);

 private:
  struct Editor;
  std::unique_ptr<Editor> editor_;  // null: lines come from a pipe
};

}  // namespace lmos
