// What strangers try: other sites' pages in a visitor's browser, slow connections, paths that
// climb, secrets where they don't belong, more than a key's share.
#include <gtest/gtest.h>

#include <signal.h>

#include <memory>
#include <regex>
#include <set>

#include "serve/daemon_process.h"

namespace lmos::test {
namespace {

// A request with exactly these headers.
Response ask(const DaemonProcess& daemon, const std::string& path, const std::string& headers) {
  HttpClient client(daemon.port());
  client.send("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
  return client.receive();
}

TEST(Safety, PagesOfOtherSitesAreTurnedAway) {
  DaemonProcess daemon({"listen.names=[models.example]"});
  const std::string port = std::to_string(daemon.port());
  const struct {
    std::string headers;
    int status;
  } table[] = {
      {"Host: 127.0.0.1:" + port + "\r\n", 200},
      {"Host: LOCALHOST\r\n", 200},
      {"Host: [::1]:8080\r\n", 200},
      {"Host: models.example\r\n", 200},
      {"", 200},
      {"Host: localhost:1\r\nOrigin: http://localhost:1\r\n", 200},
      {"Host: localhost\r\nSec-Fetch-Site: same-origin\r\nOrigin: https://proxy\r\n", 200},
      {"Host: localhost\r\nSec-Fetch-Site: none\r\n", 200},
      {"Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403},
      {"Host: localhost\r\nSec-Fetch-Site: same-site\r\n", 403},
      {"Host: localhost\r\nOrigin: http://evil.example\r\n", 403},
      {"Host: localhost:1\r\nOrigin: http://localhost:2\r\n", 403},
      {"Host: localhost\r\nOrigin: null\r\n", 403},
      {"Host: evil.example\r\n", 403},
      {"Host: evil.example\r\nOrigin: http://evil.example\r\n", 403},
      {"Host: 127.0.0.1.evil.example\r\n", 403},
      {"Host: localhost.evil.example\r\n", 403},
      {"Host: [\r\n", 403},
  };
  for (const auto& [headers, status] : table)
    EXPECT_EQ(ask(daemon, "/v1/models", headers).status, status) << headers;
  // Links lead to the page, and checks of health come from anywhere.
  const std::string elsewhere = "Host: evil.example\r\nSec-Fetch-Site: cross-site\r\n";
  EXPECT_EQ(ask(daemon, "/", elsewhere).status, 200);
  EXPECT_EQ(ask(daemon, "/healthz", elsewhere).status, 200);
}

TEST(Safety, ThePageIsWholeAndBoundToItsOwnSite) {
  DaemonProcess daemon({"require_keys=true"});
  HttpClient client(daemon.port());
  const Response front = client.get("/");
  ASSERT_EQ(front.status, 200);
  EXPECT_EQ(front.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(front.headers.at("content-security-policy").starts_with("default-src 'none';"));
  EXPECT_EQ(front.headers.at("x-content-type-options"), "nosniff");
  std::string all = front.body;
  const std::regex reference(R"re((?:src|href|from|import) ?=?"(?:\./)?([\w./]+)")re");
  std::set<std::string> seen;
  for (std::string text = front.body; !text.empty();) {
    std::string found;
    for (std::sregex_iterator match(text.begin(), text.end(), reference), end; match != end;
         ++match) {
      std::string name = (*match)[1];
      if (!name.starts_with("page/")) name = "page/" + name;
      if (!seen.insert(name).second) continue;
      const Response file = client.get("/" + name);
      EXPECT_EQ(file.status, 200) << name;
      found += file.body;
    }
    all += found;
    text = found;
  }
  EXPECT_GE(seen.size(), 10u);
  // What the policy forbids, or would make text of a model into HTML, or lead elsewhere.
  const std::regex forbidden(
      R"re(<script>|\son\w+=|style="|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|https?://(?!www\.w3\.org/2000/svg))re");
  std::smatch match;
  EXPECT_FALSE(std::regex_search(all, match, forbidden)) << match.str();
  for (const char* path : {"/page/", "/page/../x", "/page/%2e%2e/x", "/page/%2fetc/passwd",
                           "/page/main.js/", "//page/main.js", "/page/index.html"})
    EXPECT_EQ(client.get(path).status, 404) << path;
  EXPECT_EQ(client.post("/", "{}").status, 405);
}

TEST(Safety, ARequestThatDribblesInGetsNoMoreTime) {
  DaemonProcess daemon({"limits.request_seconds=1"});
  HttpClient client(daemon.port());
  client.send("GET /healthz HTTP/1.1\r\nX: ");
  while (!client.answers_within(std::chrono::milliseconds(50))) client.try_send("x");
  EXPECT_EQ(client.receive().status, 408);
  client.wait_for_close();
}

TEST(Safety, ManySlowConnectionsHoldUpNobody) {
  DaemonProcess daemon({"limits.idle_seconds=2", "limits.request_seconds=2"});
  daemon.wait_until_ready();
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(std::make_unique<HttpClient>(daemon.port()));
    if (i % 2 == 0) slow.back()->send("POST /v1/completions HTTP/1.1\r\nContent-Length: 10");
  }
  EXPECT_EQ(HttpClient(daemon.port()).complete(kShort).status, 200);
  for (const auto& connection : slow) connection->wait_for_close();
  EXPECT_EQ(HttpClient(daemon.port()).complete(kShort).status, 200);
}

TEST(Safety, SecretsAreInNoLogAndNoListOfProcesses) {
  DaemonProcess daemon({"require_keys=true"});
  daemon.wait_until_ready();
  const std::string secret = daemon.add_key({"--name", "test"});
  HttpClient client(daemon.port());
  const std::string header = "Authorization: Bearer " + secret + "\r\n";
  while (client.get("/v1/models", header).status != 200) continue;
  EXPECT_EQ(client.post("/v1/completions", kShort, header).status, 200);
  const std::string wrong = secret.substr(0, secret.size() - 1) + "g";
  EXPECT_EQ(client.get("/v1/models", "Authorization: Bearer " + wrong + "\r\n").status, 401);
  EXPECT_EQ(client.get("/" + secret, header).status, 404);
  EXPECT_EQ(client.post("/v1/completions", "{", header).status, 400);
  std::vector<pid_t> processes = daemon.workers();
  processes.push_back(daemon.program().id());
  for (const pid_t process : processes)
    for (const char* file : {"/cmdline", "/environ"})
      EXPECT_EQ(read_text("/proc/" + std::to_string(process) + file).find(secret.substr(5)),
                std::string::npos);
  EXPECT_EQ(client.get("/metrics", header).body.find(secret.substr(5)), std::string::npos);
  daemon.program().signal(SIGTERM);
  daemon.program().wait_for("nothing that is ever logged");
  EXPECT_EQ(daemon.program().seen().find(secret.substr(5, 20)), std::string::npos);
}

TEST(Safety, AKeysTokensOfADayEndAlsoAcrossRestarts) {
  DaemonProcess daemon({"require_keys=true"});
  daemon.wait_until_ready();
  const std::string header = "Authorization: Bearer " +
                             daemon.add_key({"--name", "few", "--tokens-per-day", "20"}) + "\r\n";
  HttpClient client(daemon.port());
  while (client.get("/v1/models", header).status != 200) continue;
  // "hello" is five tokens, with what begins a text; the last one may go beyond.
  int answered = 0;
  Response response;
  while ((response = client.post("/v1/completions", kShort, header)).status == 200) ++answered;
  EXPECT_EQ(response.status, 429);
  EXPECT_GE(answered, 1);
  EXPECT_LE(answered, 4);
  EXPECT_GT(std::stoi(response.headers.at("retry-after")), 0);
  EXPECT_LE(std::stoi(response.headers.at("retry-after")), 86'400);
  EXPECT_NE(response.body.find("20 tokens a day"), std::string::npos);
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(daemon.program().exit_code(), 0);
  daemon.start();
  HttpClient again(daemon.port());
  EXPECT_EQ(again.get("/v1/models", header).status, 429);
}

}  // namespace
}  // namespace lmos::test
