// `llmasos top`, as programs and people use it.
#include <gtest/gtest.h>

#include "formats/json_text.h"
#include "serve/daemon_process.h"
#include "serve/on_terminal.h"

namespace lmos::test {
namespace {

std::string url_of(const DaemonProcess& daemon) {
  return "http://127.0.0.1:" + std::to_string(daemon.port());
}

TEST(Top, TellsProgramsWhatHappened) {
  DaemonProcess daemon({}, {"tiny", "other"});
  daemon.wait_until_ready();
  HttpClient client(daemon.port());
  client.send(request("POST", "/v1/completions", long_request("tiny", true)));
  daemon.wait_for_metric("llmasos_batch_sequences{model=\"tiny\"} 16");
  const Outcome outcome =
      llmasos({"top", "--once", "--json", "--interval", "0.3", "--url", url_of(daemon)});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json report = parse_json(outcome.out, "report");
  EXPECT_GT(report.at("seconds", "").as_double(""), 0.2);
  EXPECT_GT(report.at("resident_bytes", "").as_double(""), 1e6);
  const Json::Array& models = report.at("models", "").as_array("");
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].at("model", ""), Json("tiny"));
  EXPECT_EQ(models[0].at("state", ""), Json("ready"));
  EXPECT_GT(models[0].at("active", "").as_double(""), 0);
  EXPECT_GT(models[0].at("running", "").as_double(""), 0);
  EXPECT_GT(models[0].at("cache_tokens", "").as_double(""), 0);
  EXPECT_EQ(models[1].at("active", "").as_double(""), 0);
  for (const Json& model : models) EXPECT_GT(model.at("resident_bytes", "").as_double(""), 1e6);
}

TEST(Top, TellsPeopleInATable) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  const Outcome outcome = llmasos({"top", "--once", "--interval", "0.1", "--url", url_of(daemon)});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with(url_of(daemon))) << outcome.out;
  EXPECT_NE(outcome.out.find("\ntiny "), std::string::npos) << outcome.out;
}

TEST(Top, NamesAServerThatIsNotThere) {
  const Outcome outcome = llmasos({"top", "--once", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_NE(outcome.err.find("can't reach http://127.0.0.1:1"), std::string::npos) << outcome.err;
}

TEST(Top, RedrawsPausesAndLeavesTheTerminalAsItWas) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  OnTerminal top({"top", "--interval", "0.1", "--url", url_of(daemon)});
  EXPECT_TRUE(top.wait_for("\x1b[?1049h"));
  EXPECT_TRUE(top.wait_for("tiny"));
  EXPECT_TRUE(top.wait_for("tiny"));
  top.type("p");
  EXPECT_TRUE(top.wait_for("paused"));
  top.type("p");
  EXPECT_TRUE(top.wait_for("p pauses"));
  top.type("q");
  EXPECT_TRUE(top.wait_for("\x1b[?1049l"));
  EXPECT_EQ(top.exit_code(), 0);
}

}  // namespace
}  // namespace lmos::test
