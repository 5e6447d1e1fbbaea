// Models that come, change and go while the daemon runs.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "formats/json_text.h"
#include "serve/daemon_process.h"

namespace lmos::test {
namespace {

namespace fs = std::filesystem;

class Models : public testing::Test {
 protected:
  Models() {
    write_tiny_model(folder_ / "one");
    write_tiny_model(folder_ / "two");
    // Other weights: the first tensor's bytes are turned round.
    change(folder_ / "two" / "model.safetensors");
    write_tiny_model(folder_ / "broken");
    fs::resize_file(folder_ / "broken" / "model.safetensors", 1000);
    fs::create_directory_symlink(fs::temp_directory_path(), folder_ / "escape");
  }

  static void change(const fs::path& file) {
    const auto size = static_cast<std::streamoff>(fs::file_size(file));
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string values(4000, '\0');
    stream.seekg(size - 4000);
    stream.read(values.data(), 4000);
    // Signs of float32 values.
    for (size_t i = 3; i < values.size(); i += 4)
      values[i] = static_cast<char>(static_cast<unsigned char>(values[i]) ^ 0x80);
    stream.seekp(size - 4000);
    stream.write(values.data(), 4000);
  }

  DaemonProcess daemon(std::vector<std::string> settings = {}) {
    return DaemonProcess(folder_ / ".", {element("tiny", "one")}, std::move(settings));
  }
  std::string element(const std::string& name, const std::string& model) const {
    return "{\"name\": \"" + name + "\", \"path\": \"" + (folder_ / model).string() +
           "\", \"backend\": {\"threads\": 1}}";
  }

  static Response load(const DaemonProcess& daemon, const std::string& body) {
    HttpClient client(daemon.port());
    return client.post("/v1/models/load", body);
  }
  static Response unload(const DaemonProcess& daemon, const std::string& name) {
    HttpClient client(daemon.port());
    return client.post("/v1/models/unload", "{\"name\": \"" + name + "\"}");
  }
  static Response complete(const DaemonProcess& daemon, const std::string& model) {
    HttpClient client(daemon.port());
    return client.complete("{\"model\": \"" + model +
                           R"(", "prompt": "abc", "max_tokens": 12, "temperature": 0})");
  }
  static std::string text_of(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return response.json().at("choices", "").as_array("").at(0).at("text", "").as_string("");
  }

  // Loads the second of two models, then the first, and so on, while clients ask for `tiny`.
  static void change_under_load(const DaemonProcess& served, const std::string& one,
                                const std::string& first, const std::string& two,
                                const std::string& second) {
    std::atomic<bool> over = false;
    std::atomic<int> answers = 0, failures = 0;
    std::vector<std::thread> clients;
    for (int client = 0; client < 8; ++client)
      clients.emplace_back([&, client] {
        HttpClient connection(served.port());
        while (!over) {
          if (client % 2 == 0) {
            const Response response = connection.complete(
                R"({"model": "tiny", "prompt": "abc", "max_tokens": 12, "temperature": 0})");
            const bool good = response.status == 200 &&
                              (text_of(response) == first || text_of(response) == second);
            good ? ++answers : ++failures;
          } else {
            const Response response = connection.complete(
                R"({"model": "tiny", "prompt": "abc", "max_tokens": 60, "stream": true})");
            const bool good = response.body.find("[DONE]") != std::string::npos;
            good ? ++answers : ++failures;
          }
        }
      });
    for (int swap = 0; swap < 6; ++swap) {
      const int before = answers;
      EXPECT_EQ(load(served, swap % 2 == 0 ? two : one).status, 200);
      EXPECT_EQ(text_of(complete(served, "tiny")), swap % 2 == 0 ? second : first);
      // Somebody was served meanwhile.
      while (answers < before + 4 && failures == 0) std::this_thread::yield();
    }
    over = true;
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(failures, 0);
  }

  TemporaryFolder folder_;
};

TEST_F(Models, ComeAndGoAndSurviveARestart) {
  DaemonProcess served = daemon();
  served.wait_until_ready();
  EXPECT_EQ(load(served, element("more", "two")).status, 200);
  const std::string text = text_of(complete(served, "more"));
  EXPECT_NE(text, text_of(complete(served, "tiny")));
  EXPECT_EQ(load(served, element("tiny", "two")).status, 200);
  EXPECT_EQ(text_of(complete(served, "tiny")), text);

  served.kill();
  served.start();
  served.wait_until_ready();
  EXPECT_EQ(text_of(complete(served, "more")), text);
  EXPECT_EQ(text_of(complete(served, "tiny")), text);

  EXPECT_EQ(unload(served, "more").status, 200);
  EXPECT_EQ(complete(served, "more").status, 404);
  EXPECT_EQ(unload(served, "more").status, 404);
  EXPECT_EQ(unload(served, "tiny").status, 200);
  served.kill();
  served.start();
  served.wait_until_ready();
  EXPECT_EQ(complete(served, "more").status, 404);
  EXPECT_NE(text_of(complete(served, "tiny")), text) << "as the file says again";
}

TEST_F(Models, ChangeUnderLoadWithoutAFailedRequest) {
  DaemonProcess served = daemon();
  served.wait_until_ready();
  const std::string first = text_of(complete(served, "tiny"));
  ASSERT_EQ(load(served, element("other", "two")).status, 200);
  const std::string second = text_of(complete(served, "other"));
  ASSERT_NE(first, second);

  change_under_load(served, element("tiny", "one"), first, element("tiny", "two"), second);
  // Those of the swaps ended.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (served.workers().size() > 2 && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  EXPECT_EQ(served.workers().size(), 2u);
}

TEST_F(Models, ChangeTheirAdapterUnderLoadWithoutAFailedRequest) {
  write_text(folder_ / "left.txt", std::string(4000, 'a'));
  write_text(folder_ / "right.txt", std::string(4000, 'b'));
  for (const std::string name : {"left", "right"}) {
    const std::string run = (folder_ / name).string();
    write_text(folder_ / "lora.yaml",
               "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 1}\ndataset: {plugin: "
               "text, path: " +
                   (folder_ / (name + ".txt")).string() +
                   ", sequence: 32}\nmodel: {path: " + (folder_ / "one").string() +
                   "}\nlora: {rank: 4, alpha: 8, merge: true, targets: ['*.q_proj', "
                   "'*.v_proj']}\noptimizer: {lr: 0.1}\ntrain: {steps: 4, batch: "
                   "2}\ncheckpoint: {folder: " +
                   run + "}\n");
    const Outcome outcome = llmasos({"train", (folder_ / "lora.yaml").string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const auto adapted = [&](const std::string& name, const std::string& run) {
    std::string body = element(name, "one");
    body.insert(body.size() - 1, ", \"adapter\": \"" + (folder_ / run).string() + "/model\"");
    return body;
  };
  DaemonProcess served = daemon();
  served.wait_until_ready();
  const std::string plain = text_of(complete(served, "tiny"));
  std::vector<std::string> texts;
  for (const char* run : {"left", "right"}) {
    // What the merged weights say.
    ASSERT_EQ(load(served, element("merged", std::string(run) + "/merged")).status, 200);
    texts.push_back(text_of(complete(served, "merged")));
    const Response response = load(served, adapted("tiny", run));
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(text_of(complete(served, "tiny")), texts.back());
    EXPECT_NE(texts.back(), plain);
  }
  ASSERT_NE(texts[0], texts[1]);
  change_under_load(served, adapted("tiny", "right"), texts[1], adapted("tiny", "left"), texts[0]);

  // A bad one changes nothing.
  fs::resize_file(folder_ / "left" / "model" / "adapter_model.safetensors", 100);
  const Response broken = load(served, adapted("tiny", "left"));
  EXPECT_EQ(broken.status, 400) << broken.body;
  EXPECT_NE(broken.body.find("adapter_model.safetensors"), std::string::npos) << broken.body;
  EXPECT_EQ(text_of(complete(served, "tiny")), texts[1]);
}

TEST_F(Models, FinishALongStreamOnTheCheckpointBefore) {
  DaemonProcess served = daemon();
  served.wait_until_ready();
  HttpClient stream(served.port());
  stream.send(request("POST", "/v1/completions",
                      R"({"model": "tiny", "prompt": "abc", "max_tokens": 120, "n": 4,
                          "logit_bias": {"2": -100}, "stream": true})"));
  stream.read_until("data:");
  EXPECT_EQ(load(served, element("tiny", "two")).status, 200);
  const Response response = stream.receive();
  EXPECT_NE(response.body.find("[DONE]"), std::string::npos);
  EXPECT_EQ(response.body.find("error"), std::string::npos);
}

TEST_F(Models, GoOnWhenTheNextCheckpointIsBad) {
  DaemonProcess served = daemon();
  served.wait_until_ready();
  const std::string text = text_of(complete(served, "tiny"));
  const Response broken = load(served, element("tiny", "broken"));
  EXPECT_EQ(broken.status, 400) << broken.body;
  EXPECT_NE(broken.body.find("model.safetensors"), std::string::npos) << broken.body;
  EXPECT_NE(broken.body.find("goes on"), std::string::npos) << broken.body;
  EXPECT_EQ(text_of(complete(served, "tiny")), text);
  EXPECT_TRUE(served.program().wait_for("was not taken"));

  const Response setting =
      load(served, "{\"name\": \"tiny\", \"path\": \"" + (folder_ / "two").string() +
                       "\", \"backend\": {\"batch_invariant\": 7}}");
  EXPECT_EQ(setting.status, 400);
  EXPECT_NE(setting.body.find("batch_invariant"), std::string::npos) << setting.body;

  EXPECT_EQ(load(served, element("fresh", "broken")).status, 400);
  EXPECT_EQ(complete(served, "fresh").status, 404);
  served.kill();
  served.start();
  served.wait_until_ready();
  EXPECT_EQ(text_of(complete(served, "tiny")), text);
}

TEST_F(Models, StayInsideTheFolders) {
  DaemonProcess served = daemon();
  for (const char* path : {"/etc", "escape", "one/../..", "none"})
    EXPECT_EQ(load(served, element("x", path)).status, 400) << path;
  EXPECT_EQ(load(served, R"({"name": "x", "path": "/etc"})").status, 400);
  EXPECT_EQ(load(served, R"({"name": "x"})").status, 400);
  EXPECT_EQ(
      load(served, R"({"name": "a b", "path": ")" + (folder_ / "one").string() + "\"}").status,
      400);
}

TEST_F(Models, AreForAdministratorsToLoad) {
  DaemonProcess served = daemon({"require_keys=true"});
  const auto key = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = served.words("keys");
    words.insert(words.begin() + 1, "add");
    words.insert(words.end(), {"--name", "x"});
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_program("llmasosd", words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const size_t begin = outcome.out.find("lmos-");
    return outcome.out.substr(begin, outcome.out.find_first_of(" \n", begin) - begin);
  };
  const std::string user = key({}), admin = key({"--admin"});
  const auto status = [&](const std::string& secret) {
    HttpClient client(served.port());
    return client
        .post("/v1/models/load", element("tiny", "two"), "Authorization: Bearer " + secret + "\r\n")
        .status;
  };
  EXPECT_EQ(status("lmos-none"), 401);
  // A new key counts within a second.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (status(user) == 401 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_EQ(status(user), 403);
  EXPECT_EQ(status(admin), 200);
}

TEST_F(Models, AreLoadedFromTheCommandLine) {
  DaemonProcess served = daemon();
  served.wait_until_ready();
  const std::string url = "http://127.0.0.1:" + std::to_string(served.port());
  Outcome outcome = llmasos(
      {"load", "new", (folder_ / "two").string(), "--set", "backend.threads=1", "--url", url});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  outcome = llmasos({"models", "--url", url});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("new"), std::string::npos) << outcome.out;
  EXPECT_EQ(llmasos({"unload", "new", "--url", url}).code, 0);
  outcome = llmasos({"unload", "new", "--url", url});
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.err.find("there is no model"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lmos::test
