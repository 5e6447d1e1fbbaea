#include "programs/chat/chat_loop.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_text.h"
#include "programs/terminal.h"

namespace lmos {
namespace {

constexpr const char* kChatHelp =
    "/help           this\n"
    "/reset          forget the conversation, but not the system message\n"
    "/system [TEXT]  the system message; without TEXT, show it\n"
    "/model [NAME]   talk to another model; without NAME, list them\n"
    "/save FILE      write the conversation as JSON\n"
    "/exit           end; so does Ctrl-D\n"
    "A line that ends in \\ goes on in the next one; a line of \"\"\" begins and ends a text of "
    "several "
    "lines. Ctrl-C stops an answer, or drops a line.\n";

std::atomic<bool> stop_answer{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int) { stop_answer.store(true); }

// While it lives, Ctrl-C stops the answer and nothing else.
class StopOnInterrupt {
 public:
  StopOnInterrupt() {
    stop_answer = false;
    struct sigaction action {};
    action.sa_handler = request_stop;
    sigaction(SIGINT, &action, &before_);
  }
  ~StopOnInterrupt() { sigaction(SIGINT, &before_, nullptr); }
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;

 private:
  struct sigaction before_ {};
};

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error(ErrorKind::kResource, "standard output can't be written");
}

// A model must not move the cursor, or worse: control characters stay out of a terminal.
std::string for_terminal(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1)
      ++i;
    else if ((byte >= ' ' && byte != 0x7F) || byte == '\n' || byte == '\t')
      shown += text[i];
  }
  return shown;
}

class ChatLoop {
 public:
  ChatLoop(ChatModel& model, LineReader& lines, std::string system)
      : model_(model),
        lines_(lines),
        system_(std::move(system)),
        terminal_(terminal_of(STDOUT_FILENO)) {}

  int run() {
    if (lines_.edits())
      write_out(
          dim("Chatting with " + for_terminal(model_.name()) + ". /help tells what can be typed.") +
          "\n");
    while (!ended_) {
      const auto text = read_message();
      if (!text) break;
      if (text->find_first_not_of(" \t\n") == std::string::npos) continue;
      try {
        if (text->starts_with('/'))
          obey(*text);
        else
          answer(*text);
      } catch (const Error& error) {
        if (!lines_.edits()) throw;
        write_out(colour("31", error.what()) + "\n");
      }
    }
    return 0;
  }

 private:
  // Colour `code` of ECMA-48, where colours are shown.
  std::string colour(const std::string& code, const std::string& text) const {
    return terminal_.colour ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
  std::string dim(const std::string& text) const { return colour("2", text); }

  // A whole message; none at the end of the input.
  std::optional<std::string> read_message() {
    const auto prompt_of = [this](const char* text) {
      return terminal_.colour ? std::string("\1\033[1;36m\1") + text + "\1\033[0m\1"
                              : std::string(text);
    };
    std::string text;
    bool quoted = false;
    for (bool first = true;; first = false) {
      const auto line = lines_.read(prompt_of(first ? "> " : "... "));
      if (!line) {
        if (lines_.edits()) write_out("\n");
        if (first || text.empty()) return std::nullopt;
        return text;
      }
      if (line->dropped) return "";
      std::string part = line->text;
      if (part == "\"\"\"") {
        if (quoted) break;
        if (first) {
          quoted = true;
          continue;
        }
      }
      const bool more = quoted || part.ends_with('\\');
      if (!quoted && more) part.pop_back();
      text += part;
      if (!more) break;
      text += '\n';
    }
    if (quoted && text.ends_with('\n')) text.pop_back();
    if (!text.empty()) lines_.remember(text);
    return text;
  }

  void obey(const std::string& text) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string command = text.substr(0, space);
    const size_t begin = std::min(text.find_first_not_of(' ', space), text.size());
    const std::string argument = text.substr(begin);
    if (command == "/help") {
      write_out(kChatHelp);
    } else if (command == "/exit" || command == "/quit") {
      ended_ = true;
    } else if (command == "/reset") {
      turns_.clear();
    } else if (command == "/system") {
      if (argument.empty())
        write_out((system_.empty() ? "There is no system message." : system_) + "\n");
      else
        system_ = argument;
    } else if (command == "/model") {
      if (argument.empty())
        list_models();
      else
        model_.choose(argument);
    } else if (command == "/save") {
      if (argument.empty()) throw Error(ErrorKind::kUsage, "/save FILE: name a file");
      write_file_atomically(argument, indented_json(Json::Object{{"model", model_.name()},
                                                                 {"messages", messages()}}));
    } else {
      throw Error(ErrorKind::kUsage, "there is no " + command + "; /help lists what there is");
    }
  }

  void list_models() {
    for (const std::string& name : model_.names())
      write_out((name == model_.name() ? "* " : "  ") + name + "\n");
    if (model_.names().empty()) write_out("* " + model_.name() + "\n");
  }

  Json messages() const {
    Json::Array all;
    if (!system_.empty()) all.push_back(Json::Object{{"role", "system"}, {"content", system_}});
    all.insert(all.end(), turns_.begin(), turns_.end());
    return all;
  }

  void answer(const std::string& text) {
    using Clock = std::chrono::steady_clock;
    turns_.push_back(Json::Object{{"role", "user"}, {"content", text}});
    const auto begin = Clock::now();
    std::optional<Clock::time_point> first;
    ChatAnswer answer;
    try {
      const StopOnInterrupt signals;
      answer = model_.answer(
          messages(),
          [&](std::string_view piece) {
            if (piece.empty()) return;
            if (!first) first = Clock::now();
            write_out(terminal_.interactive ? for_terminal(piece) : std::string(piece));
          },
          stop_answer);
    } catch (const Error&) {
      turns_.pop_back();  // it can be sent again
      throw;
    }
    write_out("\n");
    turns_.push_back(Json::Object{{"role", "assistant"}, {"content", answer.text}});
    if (lines_.edits())
      write_out(dim(figures(answer, begin, first.value_or(begin), Clock::now())) + "\n");
  }

  template <class Time>
  static std::string figures(const ChatAnswer& answer, Time begin, Time first, Time end) {
    const double wait = std::chrono::duration<double>(first - begin).count();
    const double rest = std::chrono::duration<double>(end - first).count();
    char text[120];
    if (answer.interrupted)
      std::snprintf(text, sizeof text, "stopped after %.1f s", wait + rest);
    else
      std::snprintf(
          text, sizeof text, "%lld tokens%s, %.1f tokens/s, the first after %.2f s",
          static_cast<long long>(answer.tokens), answer.cut_off ? " (cut off)" : "",
          rest > 0 ? static_cast<double>(std::max<int64_t>(answer.tokens - 1, 0)) / rest : 0, wait);
    return text;
  }

  ChatModel& model_;
  LineReader& lines_;
  std::string system_;
  const Terminal terminal_;
  Json::Array turns_;
  bool ended_ = false;
};

}  // namespace

int run_chat(ChatModel& model, LineReader& lines, const std::string& system) {
  std::signal(SIGPIPE, SIG_IGN);
  // Between two lines the terminal itself makes a signal of Ctrl-C, which must not end the chat.
  if (lines.edits()) std::signal(SIGINT, SIG_IGN);
  return ChatLoop(model, lines, system).run();
}

}  // namespace lmos
