#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/chat/chat_model.h"

namespace lmos {
namespace {

class ServerChat final : public ChatModel {
 public:
  ServerChat(client::ClientOptions server, const std::string& name, const ChatSampling& sampling)
      : server_(std::move(server)), client_(server_), sampling_(sampling) {
    if (name.empty())
      choose_ready();
    else
      choose(name);
  }

  std::string name() const override { return name_; }

  std::vector<std::string> names() override {
    std::vector<std::string> names;
    for (const Json& model : models()) names.push_back(text_of(model, "id"));
    return names;
  }

  void choose(const std::string& name) override {
    for (const std::string& known : names())
      if (known == name) {
        name_ = name;
        return;
      }
    throw Error(ErrorKind::kUsage, server_.address.url() + " serves no model '" + name + "'");
  }

  ChatAnswer answer(const Json& messages, const std::function<void(std::string_view)>& say,
                    const std::atomic<bool>& stop) override {
    client::ClientOptions server = server_;
    server.waiting.interrupted = &stop;
    client::Client client(server);  // its connection ends with an answer that is interrupted
    ChatAnswer answer;
    try {
      client.follow({"POST", "/v1/chat/completions", request(messages)},
                    [&](std::string_view data) {
                      if (data == "[DONE]") return false;
                      take(parse_json(data, "the answer"), answer, say);
                      return true;
                    });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInterrupted) throw;
      answer.interrupted = true;
    }
    return answer;
  }

 private:
  static std::string text_of(const Json& object, const char* key) {
    return object.at(key, "the answer").as_string(key);
  }

  Json::Array models() { return client_.get("/v1/models").at("data", "models").as_array("models"); }

  void choose_ready() {
    const Json::Array all = models();
    if (all.empty()) throw Error(ErrorKind::kUsage, server_.address.url() + " serves no model");
    name_ = text_of(all.front(), "id");
    for (const Json& model : all) {
      const Json* state = model.find("state");
      if (state == nullptr || *state != Json("ready")) continue;
      name_ = text_of(model, "id");
      return;
    }
  }

  Json request(const Json& messages) const {
    Json body = Json::Object{{"model", name_},
                             {"messages", messages},
                             {"stream", true},
                             {"stream_options", Json::Object{{"include_usage", true}}}};
    if (sampling_.temperature) body.set("temperature", *sampling_.temperature);
    if (sampling_.top_p) body.set("top_p", *sampling_.top_p);
    if (sampling_.max_tokens) body.set("max_tokens", *sampling_.max_tokens);
    if (sampling_.seed) body.set("seed", *sampling_.seed);
    return body;
  }

  static void take(const Json& event, ChatAnswer& answer,
                   const std::function<void(std::string_view)>& say) {
    client::throw_if_error(event);
    if (const Json* usage = event.find("usage"); usage != nullptr && usage->is_object())
      answer.tokens = usage->at("completion_tokens", "usage").as_int64("usage");
    for (const Json& choice : event.at("choices", "the answer").as_array("choices")) {
      const Json* content = choice.at("delta", "the answer").find("content");
      if (content != nullptr && content->is_string()) {
        const std::string& text = content->as_string("content");
        answer.text += text;
        say(text);
      }
      const Json* reason = choice.find("finish_reason");
      if (reason != nullptr && *reason == Json("length")) answer.cut_off = true;
    }
  }

  const client::ClientOptions server_;
  client::Client client_;
  const ChatSampling sampling_;
  std::string name_;
};

}  // namespace

std::unique_ptr<ChatModel> chat_with_server(client::ClientOptions server, const std::string& name,
                                            const ChatSampling& sampling) {
  return std::make_unique<ServerChat>(std::move(server), name, sampling);
}

}  // namespace lmos
