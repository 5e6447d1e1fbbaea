// What answers in a terminal chat: a model of a daemon, or one that is loaded here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/client.h"
#include "formats/json.h"
#include "llmasos/types.h"
#include "programs/session.h"

namespace lmos {

struct ChatSampling {
  std::optional<double> temperature, top_p;
  std::optional<int64_t> max_tokens, seed;
};

struct ChatAnswer {
  std::string text;
  int64_t tokens = 0;        // of it
  bool interrupted = false;  // the user wanted no more
  bool cut_off = false;      // the limit of tokens was reached
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;
  virtual std::string name() const = 0;
  // Others that could answer; empty if there is no choice.
  virtual std::vector<std::string> names() = 0;
  // Error(kUsage) if there is none of that name.
  virtual void choose(const std::string& name) = 0;
  // `messages`: as of /v1/chat/completions. `say` gets the text as it comes; `stop` ends it early.
  virtual ChatAnswer answer(const Json& messages, const std::function<void(std::string_view)>& say,
                            const std::atomic<bool>& stop) = 0;
};

// `name` empty: the first that is ready. Errors as of Client.
std::unique_ptr<ChatModel> chat_with_server(client::ClientOptions server, const std::string& name,
                                            const ChatSampling& sampling);

struct LocalChatOptions {
  std::string folder, backend;  // a model, a backend plugin
  lmos_dtype compute = LMOS_F32;
  int64_t threads = 0;  // 0: one a core
};
// Loads the model. `session` outlives it. Error as of the parts; kInput if it has no chat template.
std::unique_ptr<ChatModel> chat_with_folder(Session& session, const LocalChatOptions& options,
                                            const ChatSampling& sampling);

}  // namespace lmos
