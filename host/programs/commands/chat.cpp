#include <cstdlib>
#include <filesystem>

#include "programs/chat/chat_loop.h"
#include "programs/commands/command.h"
#include "programs/server.h"

namespace lmos {
namespace {

// $XDG_STATE_HOME/llmasos/chat-history, or in ~/.local/state; empty where there is no home.
std::filesystem::path usual_history() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state != '\0')
    return std::filesystem::path(state) / "llmasos" / "chat-history";
  if (home == nullptr || *home == '\0') return {};
  return std::filesystem::path(home) / ".local" / "state" / "llmasos" / "chat-history";
}

int chat_in_terminal(const Arguments& arguments, Session& session) {
  ChatSampling sampling;
  sampling.temperature = arguments.number("temperature", 0);
  sampling.top_p = arguments.number("top-p", 0);
  sampling.max_tokens = arguments.integer("max-tokens", 1);
  sampling.seed = arguments.integer("seed");
  std::unique_ptr<ChatModel> model;
  if (const auto folder = arguments.text("model"))
    model = chat_with_folder(session,
                             {*folder, arguments.text_or("backend", "cpu"), compute_of(arguments),
                              arguments.integer("threads", 1).value_or(0)},
                             sampling);
  else
    model = chat_with_server(server_of(arguments), arguments.text_or("MODEL", ""), sampling);
  LineReader lines(arguments.text_or("history", usual_history().string()));
  return run_chat(*model, lines, arguments.text_or("system", ""));
}

}  // namespace

Command chat_command() {
  return {
      {.name = "chat",
       .summary = "Talk to a model in the terminal.",
       .detail =
           "Asks the server of --url, or with --model loads a model here. /help in the chat tells "
           "what can be typed. From a pipe, each line is a message, and the answers are all that "
           "is "
           "printed.",
       .positionals = {{.name = "MODEL",
                        .doc = "A model of the server; unless given, the first that is ready.",
                        .required = false}},
       .options = {url_option(),
                   {.name = "model",
                    .value = "DIR",
                    .doc = "A model folder with a chat template: no server is needed."},
                   {.name = "system", .value = "TEXT", .doc = "The system message."},
                   {.name = "temperature", .value = "X", .doc = "0: always the likeliest token."},
                   {.name = "top-p",
                    .value = "X",
                    .doc = "Draw among the likeliest that have this probability."},
                   {.name = "max-tokens",
                    .value = "N",
                    .doc = "Of an answer.",
                    .default_text = "what the context leaves"},
                   {.name = "seed",
                    .value = "N",
                    .doc = "Equal chats with equal seeds have equal answers."},
                   {.name = "history",
                    .value = "FILE",
                    .doc = "Keeps what was typed; \"\" for none.",
                    .default_text = "~/.local/state/llmasos/chat-history"},
                   backend_option(),
                   compute_option(),
                   threads_option()}},
      chat_in_terminal};
}

}  // namespace lmos
