// HTTP as it arrives: in pieces, ahead of time, too long, too slow, malformed.
#include <gtest/gtest.h>

#include "serve/daemon_process.h"

namespace lmos::test {
namespace {

class Http : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    daemon_ = new DaemonProcess({"limits.header_bytes=2048", "limits.body_bytes=65536"});
    daemon_->wait_until_ready();
  }
  static void TearDownTestSuite() { delete daemon_; }
  void TearDown() override { EXPECT_EQ(HttpClient(daemon_->port()).get("/healthz").status, 200); }

  static DaemonProcess* daemon_;
};
DaemonProcess* Http::daemon_ = nullptr;

const std::string kBody = R"({"model":"tiny","prompt":"hello","max_tokens":2})";

struct Malformed {
  const char* what;
  std::string bytes;
  int status;
};

class MalformedRequests : public Http, public testing::WithParamInterface<Malformed> {};

TEST_P(MalformedRequests, GetAnErrorAndTheEndOfTheConnection) {
  HttpClient client(daemon_->port());
  client.try_send(GetParam().bytes);
  const Response response = client.receive();
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_NE(response.json().find("error"), nullptr);
  client.wait_for_close();
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedRequests,
    testing::Values(
        Malformed{"garbage", "\x16\x03\x01\x02\n\r\n\r\n", 400},
        Malformed{"no version", "GET /healthz\r\n\r\n", 400},
        Malformed{"version 9", "GET /healthz HTTP/9.1\r\n\r\n", 400},
        Malformed{"long header", "GET / HTTP/1.1\r\nX: " + std::string(4000, 'x') + "\r\n\r\n",
                  431},
        Malformed{"endless header", "GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x'), 431},
        Malformed{"bad length", "POST /tokenize HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
        Malformed{"huge length",
                  "POST /tokenize HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        Malformed{"long body", "POST /tokenize HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413},
        Malformed{"two lengths",
                  "POST /tokenize HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                  400},
        Malformed{"bad chunk",
                  "POST /tokenize HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400}),
    [](const auto& tested) {
      std::string name = tested.param.what;
      for (char& byte : name)
        if (byte == ' ') byte = '_';
      return name;
    });

TEST(SlowRequests, GetAnErrorAndTheEndOfTheConnection) {
  DaemonProcess daemon({"limits.request_seconds=0.2"});
  HttpClient client(daemon.port());
  client.send("POST /tokenize HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");
  const Response response = client.receive();
  EXPECT_EQ(response.status, 408) << response.body;
  EXPECT_NE(response.json().find("error"), nullptr);
  client.wait_for_close();
}

TEST_F(Http, RequestsArriveByteByByte) {
  HttpClient client(daemon_->port());
  for (const char byte : request("POST", "/v1/completions", kBody)) client.send({byte});
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(Http, RequestsSentAheadAreAnsweredInOrder) {
  HttpClient client(daemon_->port());
  client.send(request("POST", "/v1/completions", kBody) + request("GET", "/healthz", "") +
              request("GET", "/nothing", "") + request("GET", "/v1/models", ""));
  EXPECT_NE(client.receive().body.find("text_completion"), std::string::npos);
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_NE(client.receive().body.find("\"list\""), std::string::npos);
}

TEST_F(Http, ManyRequestsSentAheadFillNoMemoryAndAllAreAnswered) {
  HttpClient client(daemon_->port());
  std::string ahead;
  for (int i = 0; i < 2000; ++i) ahead += request("GET", "/healthz", "");
  client.send(request("POST", "/v1/completions", kBody) + ahead);
  EXPECT_EQ(client.receive().status, 200);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.receive().status, 200);
}

TEST_F(Http, ChunkedBodiesAndExpectationsAreUnderstood) {
  HttpClient client(daemon_->port());
  client.send(
      "POST /tokenize HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "10\r\n{\"model\":\"tiny\",\r\ne\r\n\"prompt\":\"ab\"}\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  client.send("POST /v1/completions HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(kBody.size()) + "\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send(kBody);
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(Http, OldAndOneTimeClientsSeeTheConnectionEnd) {
  HttpClient old(daemon_->port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().body, "ok\n");
  old.wait_for_close();
  HttpClient once(daemon_->port());
  EXPECT_EQ(once.get("/healthz", "Connection: close\r\n").headers.at("connection"), "close");
  once.wait_for_close();
}

TEST_F(Http, WrongMethodsAndPathsAreNamed) {
  HttpClient client(daemon_->port());
  const Response wrong = client.get("/v1/completions");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "POST");
  EXPECT_EQ(client.post("/healthz", "{}").headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(client.get("/v1/models/t%69ny").status, 200);
  EXPECT_EQ(client.get("/v1/models?limit=3").json().at("error", "").at("param", ""), Json("limit"));
  EXPECT_EQ(client.get("/../etc/passwd").status, 404);
  EXPECT_EQ(client.get("/v1/models/../x").status, 404);
}

TEST_F(Http, DeepAndHugeJsonIsRefused) {
  HttpClient client(daemon_->port());
  EXPECT_EQ(client.complete(std::string(60'000, '[')).status, 400);
  EXPECT_EQ(client
                .complete("{\"model\":\"tiny\",\"prompt\":\"a\",\"user\":" +
                          std::string(1000, '[') + std::string(1000, ']') + "}")
                .status,
            400);
  EXPECT_EQ(client.complete("{\"model\":\"tiny\",\"prompt\":\"\xc3\x28\"}").status, 400);
}

}  // namespace
}  // namespace lmos::test
