// `llmasos chat`, as people and pipes use it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "formats/json_text.h"
#include "serve/daemon_process.h"
#include "serve/on_terminal.h"

namespace lmos::test {
namespace {

class TerminalChat : public testing::Test {
 protected:
  TerminalChat()
      : daemon_(std::vector<std::string>{}, std::vector<std::string>{"tiny", "other"},
                {{"tokenizer_config.json",
                  R"({"chat_template": "{% for m in messages %}{{ m.content }} {% endfor %}"})"}}) {
    daemon_.wait_until_ready();
  }

  std::vector<std::string> words(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {
        "chat",          "--url", "http://127.0.0.1:" + std::to_string(daemon_.port()),
        "--temperature", "0",     "--history",
        history_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // Of a chat that was saved.
  std::vector<std::string> contents(const std::string& file) const {
    std::vector<std::string> texts;
    const Json saved = parse_json(read_text(file), file);
    for (const Json& message : saved.at("messages", file).as_array(file))
      texts.push_back(message.at("content", file).as_string(file));
    return texts;
  }

  TemporaryFolder folder_;
  const std::string history_ = (folder_ / "state" / "history").string();
  DaemonProcess daemon_;
};

TEST_F(TerminalChat, AnswersObeysAndRemembers) {
  const std::string saved = (folder_ / "chat.json").string();
  OnTerminal chat(words({"--max-tokens", "8"}));
  EXPECT_TRUE(chat.wait_for("Chatting with tiny."));
  chat.type("hello 你好\n");
  EXPECT_TRUE(chat.wait_for("8 tokens (cut off)"));
  chat.type("dropped\x03");
  EXPECT_TRUE(chat.wait_for("^C"));
  chat.type("one\\\n");
  EXPECT_TRUE(chat.wait_for("... "));
  chat.type("two\n");
  EXPECT_TRUE(chat.wait_for("8 tokens (cut off)"));
  chat.type("/nonsense\n");
  EXPECT_TRUE(chat.wait_for("there is no /nonsense"));
  chat.type("/save " + saved + "\n/model\n");
  EXPECT_TRUE(chat.wait_for("* tiny\r\n  other"));
  const std::vector<std::string> texts = contents(saved);
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_EQ(texts[0], "hello 你好");
  EXPECT_EQ(texts[2], "one\ntwo");
  chat.type("/model other\n/reset\n/system Be brief.\nbye\n");
  EXPECT_TRUE(chat.wait_for("8 tokens (cut off)"));
  chat.type("/save " + saved + "\n/exit\n");
  EXPECT_EQ(chat.exit_code(), 0);
  const std::vector<std::string> later = contents(saved);
  ASSERT_EQ(later.size(), 3u);
  EXPECT_EQ(later[0], "Be brief.");
  EXPECT_EQ(later[1], "bye");
  EXPECT_NE(read_text(history_).find("hello"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(history_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u) << "nobody else reads what was typed";
}

TEST_F(TerminalChat, InterruptsAnAnswerAndNothingElse) {
  OnTerminal chat(words({"--max-tokens", "8"}));
  EXPECT_TRUE(chat.wait_for("Chatting with tiny."));
  for (const pid_t worker : daemon_.workers()) ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  chat.type("hello\n");
  daemon_.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 1");
  chat.type("\x03");
  EXPECT_TRUE(chat.wait_for("stopped after"));
  for (const pid_t worker : daemon_.workers()) ASSERT_EQ(::kill(worker, SIGCONT), 0);
  chat.type("again\n");
  EXPECT_TRUE(chat.wait_for("8 tokens (cut off)"));
  chat.type("/exit\n");
  EXPECT_EQ(chat.exit_code(), 0);
}

TEST_F(TerminalChat, EndsWithCtrlDOnAnEmptyLineOnly) {
  OnTerminal chat(words({"--max-tokens", "8"}));
  EXPECT_TRUE(chat.wait_for("Chatting with tiny."));
  EXPECT_TRUE(chat.wait_for_prompt());
  chat.type("hello\x04 there\n");
  EXPECT_TRUE(chat.wait_for("8 tokens (cut off)"));
  EXPECT_TRUE(chat.wait_for_prompt());
  chat.type("dropped\x03");
  EXPECT_TRUE(chat.wait_for("^C"));
  EXPECT_TRUE(chat.wait_for_prompt());
  chat.type("\x04");
  EXPECT_EQ(chat.exit_code(), 0);
  EXPECT_NE(read_text(history_).find("hello"), std::string::npos);
}

TEST_F(TerminalChat, FromAPipePrintsTheAnswersOnly) {
  const Response response =
      HttpClient(daemon_.port())
          .post("/v1/chat/completions", R"({"model":"tiny","temperature":0,"max_tokens":8,)"
                                        R"("messages":[{"role":"user","content":"hello"}]})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json message = response.json().at("choices", "").as_array("")[0].at("message", "");
  const Outcome outcome = llmasos(words({"--max-tokens", "8"}), "hello\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, message.at("content", "").as_string("") + "\n");
  EXPECT_EQ(llmasos(words({"--max-tokens", "8"}), "hello\n/nonsense\n").code, 2);
}

}  // namespace
}  // namespace lmos::test
