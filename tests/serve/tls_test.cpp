// HTTPS: who is believed, what is spoken, and what bad files, slow clients and new certificates do.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "client/client.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/daemon_process.h"

namespace lmos::test {
namespace {

// What a shell prints, errors too.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), pclose);
  std::string text;
  for (char bytes[4096]; const size_t count = std::fread(bytes, 1, sizeof bytes, pipe.get());)
    text.append(bytes, count);
  return text;
}

// A certificate that signs itself, FOLDER/NAME.crt, and its key, FOLDER/NAME.key.
class Certificate {
 public:
  Certificate(const TemporaryFolder& folder, const std::string& name,
              const std::string& host = "IP:127.0.0.1,DNS:localhost")
      : certificate(folder / (name + ".crt")), key(folder / (name + ".key")) {
    const std::string said = output_of(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-keyout " +
        key.string() + " -out " + certificate.string() + " -subj /CN=" + name +
        " -addext subjectAltName=" + host);
    if (!std::filesystem::exists(certificate)) throw std::runtime_error(said);
  }
  std::vector<std::string> settings(std::vector<std::string> more = {}) const {
    more.push_back("listen.tls.certificate=" + certificate.string());
    more.push_back("listen.tls.key=" + key.string());
    return more;
  }
  // Both files at once are not to be had: first the one, then the other.
  void replace_by(const Certificate& other) const {
    std::filesystem::rename(other.certificate, certificate);
    std::filesystem::rename(other.key, key);
  }

  const std::filesystem::path certificate, key;
};

client::ClientOptions trusting(const DaemonProcess& daemon, const std::filesystem::path& authority,
                               const std::string& host = "127.0.0.1") {
  client::ClientOptions options;
  options.address = {true, host, daemon.port(), ""};
  options.trust.authorities = authority;
  options.waiting = {30, 30, nullptr};
  return options;
}

int status_of(client::Client& client, const std::string& path = "/healthz") {
  return client.send({"GET", path, {}}).status;
}

std::string refusal(client::ClientOptions options) {
  try {
    client::Client client(std::move(options));
    return "answered with " + std::to_string(status_of(client));
  } catch (const Error& error) {
    return error.what();
  }
}

void wait_until_ready(client::Client& client) {
  while (status_of(client, "/readyz") != 200) continue;
}

std::string handshake(const DaemonProcess& daemon, const std::string& options) {
  return output_of("openssl s_client -connect 127.0.0.1:" + std::to_string(daemon.port()) + " " +
                   options + " </dev/null");
}

class Tls : public testing::Test {
 protected:
  TemporaryFolder folder_;
  Certificate own_{folder_, "own"};
};

TEST_F(Tls, ServesThoseWhoTrustItsCertificate) {
  DaemonProcess daemon(own_.settings());
  client::Client client(trusting(daemon, own_.certificate));
  wait_until_ready(client);
  const Json answer = client.post("/v1/completions", parse_json(kShort, "request"));
  EXPECT_EQ(answer.at("object", ""), Json("text_completion"));
  // Longer than a record, a read and the socket's buffers, in both directions.
  Json text = Json::Object();
  text.set("model", "tiny");
  text.set("prompt", std::string(1'000'000, 'x'));
  EXPECT_EQ(client.post("/tokenize", text).at("count", "").as_int64(""), 1'000'000);
  EXPECT_EQ(
      status_of(*std::make_unique<client::Client>(trusting(daemon, own_.certificate, "localhost"))),
      200);

  const Certificate other(folder_, "other"), misnamed(folder_, "misnamed", "DNS:example.org");
  EXPECT_NE(refusal(trusting(daemon, other.certificate)).find("is not trusted"), std::string::npos);
  EXPECT_NE(refusal(trusting(daemon, "")).find("--ca FILE"), std::string::npos);
  EXPECT_NE(refusal(trusting(daemon, folder_ / "none")).find("none: no certificates"),
            std::string::npos);
  client::ClientOptions anyone = trusting(daemon, other.certificate);
  anyone.trust.anyone = true;
  EXPECT_EQ(refusal(anyone), "answered with 200");

  DaemonProcess elsewhere(misnamed.settings());
  EXPECT_NE(refusal(trusting(elsewhere, misnamed.certificate)).find("is not trusted"),
            std::string::npos);
  EXPECT_NE(refusal(trusting(elsewhere, misnamed.certificate, "localhost")).find("is not trusted"),
            std::string::npos);
}

TEST_F(Tls, SpeaksNewVersionsAndHttp11Only) {
  DaemonProcess daemon(own_.settings());
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string seen = handshake(daemon, std::string(version) + " -alpn h2,http/1.1");
    EXPECT_NE(seen.find("ALPN protocol: http/1.1"), std::string::npos) << seen;
  }
  EXPECT_NE(handshake(daemon, "-tls1_1 -cipher DEFAULT@SECLEVEL=0").find("alert"),
            std::string::npos);
  EXPECT_NE(handshake(daemon, "-tls1_2 -cipher AES128-SHA").find("alert handshake failure"),
            std::string::npos);
  // no_application_protocol of RFC 7301; not every release of OpenSSL knows its name.
  const std::string refused = handshake(daemon, "-alpn h2");
  EXPECT_NE(refused.find("alert number 120"), std::string::npos) << refused;
}

TEST_F(Tls, TellsThoseWhoSpeakPlainHttp) {
  DaemonProcess daemon(own_.settings());
  HttpClient client(daemon.port());
  const Response response = client.get("/healthz");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("https"), std::string::npos);
  client.wait_for_close();
  HttpClient garbage(daemon.port());
  garbage.try_send(std::string(1000, 'x'));
  garbage.wait_for_close();
}

TEST_F(Tls, HandshakesThatTakeTooLongEndAndBlockNobody) {
  DaemonProcess daemon(own_.settings({"limits.handshake_seconds=2"}));
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<HttpClient>(daemon.port()));
    if (i % 2 == 0) slow.back()->send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  }
  client::Client client(trusting(daemon, own_.certificate));
  EXPECT_EQ(status_of(client), 200);
  for (const auto& connection : slow) connection->wait_for_close();
  EXPECT_EQ(status_of(client), 200);
}

TEST_F(Tls, FilesThatDontFitAreNamed) {
  const Certificate other(folder_, "other");
  const std::string encrypted = (folder_ / "encrypted.key").string();
  output_of("openssl ec -aes128 -passout pass:secret -in " + own_.key.string() + " -out " +
            encrypted);
  write_text(folder_ / "text", "no certificate\n");
  const std::string text = (folder_ / "text").string(), none = (folder_ / "none").string();
  const struct {
    std::string certificate, key, message;
  } table[] = {{none, own_.key, "none: listen.tls.certificate can't be read: No such file"},
               {own_.certificate, none, "none: listen.tls.key can't be read: No such file"},
               {text, own_.key, "text: this is no certificate in PEM form"},
               {own_.certificate, text, "text: this is no private key in PEM form"},
               {own_.certificate, other.key, "other.key: this key does not belong to"},
               {own_.certificate, encrypted, "encrypted.key: this key is encrypted"}};
  write_text(folder_ / "llmasosd.yaml", "version: 1\nfolders: []\nmodels: []\nstate_folder: " +
                                            (folder_ / "state").string() + "\n");
  for (const auto& [certificate, key, message] : table) {
    const Outcome outcome =
        run_program("llmasosd", {"serve", "--config", (folder_ / "llmasosd.yaml").string(), "--set",
                                 "listen.port=0", "--set", "listen.tls.certificate=" + certificate,
                                 "--set", "listen.tls.key=" + key});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("secret"), std::string::npos);
  }
}

TEST_F(Tls, ANewCertificateBreaksNoConnection) {
  const Certificate first(folder_, "first"), second(folder_, "second");
  std::filesystem::copy(second.certificate, folder_ / "second.pem");
  const std::filesystem::path trusted = folder_ / "first.pem";
  std::filesystem::copy(first.certificate, trusted);
  DaemonProcess daemon(first.settings());
  client::Client open(trusting(daemon, trusted));
  wait_until_ready(open);
  client::Client streaming(trusting(daemon, trusted));
  bool replaced = false, whole = false;
  Json body = parse_json(kShort, "request");
  body.set("max_tokens", 100);
  body.set("stream", true);
  streaming.follow({"POST", "/v1/completions", body}, [&](std::string_view data) {
    whole = data == "[DONE]";
    if (std::exchange(replaced, true)) return true;
    first.replace_by(second);
    return daemon.program().wait_for("new connections get this certificate");
  });
  EXPECT_TRUE(whole);
  EXPECT_EQ(status_of(open), 200);
  EXPECT_EQ(refusal(trusting(daemon, folder_ / "second.pem")), "answered with 200");
  EXPECT_NE(refusal(trusting(daemon, trusted)).find("is not trusted"), std::string::npos);

  write_text(first.key, "broken");
  EXPECT_TRUE(daemon.program().wait_for("the certificate before this change stays"));
  EXPECT_EQ(refusal(trusting(daemon, folder_ / "second.pem")), "answered with 200");
}

TEST_F(Tls, ASignalAsksForTheFilesAnew) {
  DaemonProcess daemon(own_.settings());
  daemon.program().signal(SIGHUP);
  EXPECT_TRUE(daemon.program().wait_for("new connections get this certificate"));
  EXPECT_EQ(refusal(trusting(daemon, own_.certificate)), "answered with 200");
}

TEST_F(Tls, SigtermFinishesWhatRuns) {
  DaemonProcess daemon(own_.settings());
  client::Client client(trusting(daemon, own_.certificate));
  wait_until_ready(client);
  bool told = false, whole = false;
  Json body = parse_json(kShort, "request");
  body.set("max_tokens", 100);
  body.set("stream", true);
  client.follow({"POST", "/v1/completions", body}, [&](std::string_view data) {
    if (!std::exchange(told, true)) daemon.program().signal(SIGTERM);
    whole = data == "[DONE]";
    return true;
  });
  EXPECT_TRUE(whole);
  EXPECT_EQ(daemon.program().exit_code(), 0);
}

TEST(Listening, BeyondLoopbackWithoutTlsIsWarnedAbout) {
  DaemonProcess daemon({"listen.address=0.0.0.0"});
  EXPECT_NE(daemon.program().seen().find("without listen.tls"), std::string::npos);
  EXPECT_EQ(HttpClient(daemon.port()).get("/v1/models").status, 401);
}

}  // namespace
}  // namespace lmos::test
