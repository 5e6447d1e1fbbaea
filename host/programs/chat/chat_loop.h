// A chat in a terminal, or with a pipe.
#pragma once

#include "programs/chat/chat_model.h"
#include "programs/chat/line_reader.h"

namespace lmos {

// Answers to the end of the input or /exit. Returns the exit code. Without a terminal, the first
// failure is thrown; with one, it is shown and the chat goes on.
int run_chat(ChatModel& model, LineReader& lines, const std::string& system);

}  // namespace lmos
