#include "programs/chat/line_reader.h"

#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace lmos {

struct LineReader::Editor {
  explicit Editor(std::filesystem::path file) : history_file(std::move(file)) {
    // What is typed is UTF-8; where the locale is of single bytes, the editor would lose the rest.
    std::setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
    lines = history_init();
    history(lines, &event, H_SETSIZE, 1000);
    history(lines, &event, H_SETUNIQUE, 1);
    if (!history_file.empty()) history(lines, &event, H_LOAD, history_file.c_str());
    editor = el_init("llmasos", stdin, stdout, stderr);
    el_set(editor, EL_CLIENTDATA, this);
    el_set(editor, EL_PROMPT_ESC, &Editor::show_prompt, '\1');
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_SIGNAL, 0);
    el_set(editor, EL_HIST, history, lines);
    // Ctrl-C comes as a character, so that it drops the line and nothing else.
    el_set(editor, EL_SETTY, "-d", "-isig", nullptr);
    el_set(editor, EL_ADDFN, "drop-line", "Drop the line.", &Editor::drop_line);
    el_set(editor, EL_BIND, "^C", "drop-line", nullptr);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(editor, nullptr);  // ~/.editrc
  }
  ~Editor() {
    save();
    el_end(editor);
    history_end(lines);
  }

  void save() {
    if (history_file.empty()) return;
    std::error_code ignored;
    std::filesystem::create_directories(history_file.parent_path(), ignored);
    // Made before it is written, so that nobody else can read it.
    const int descriptor = ::open(history_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return;
    ::close(descriptor);
    history(lines, &event, H_SAVE, history_file.c_str());
  }

  static Editor* of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<Editor*>(self);
  }
  static char* show_prompt(EditLine* editor) { return of(editor)->prompt.data(); }
  static unsigned char drop_line(EditLine* editor, int) {
    of(editor)->dropped = true;
    std::fputs("^C\n", stdout);
    return CC_EOF;
  }

  const std::filesystem::path history_file;
  std::string prompt;
  bool dropped = false;
  ::History* lines = nullptr;
  HistEvent event{};
  EditLine* editor = nullptr;
};

LineReader::LineReader(std::filesystem::path history) {
  if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0)
    editor_ = std::make_unique<Editor>(std::move(history));
}

LineReader::~LineReader() = default;

bool LineReader::edits() const { return editor_ != nullptr; }

std::optional<LineReader::Line> LineReader::read(const std::string& prompt) {
  if (!editor_) {
    std::string text;
    if (!std::getline(std::cin, text)) return std::nullopt;
    return Line{text, false};
  }
  editor_->prompt = prompt;
  editor_->dropped = false;
  int size = 0;
  const char* text = el_gets(editor_->editor, &size);
  if (editor_->dropped) {
    el_reset(editor_->editor);
    return Line{"", true};
  }
  if (text == nullptr || size <= 0) return std::nullopt;
  std::string line(text, static_cast<size_t>(size));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return Line{line, false};
}

void LineReader::remember(const std::string& text) {
  if (editor_) history(editor_->lines, &editor_->event, H_ENTER, text.c_str());
}

}  // namespace lmos
