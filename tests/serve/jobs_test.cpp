// Jobs over HTTP and from the command line: run, followed, stopped, resumed, kept apart; and what
// becomes of them when processes die, disks are full and pipelines are wrong.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "end_to_end/training_run.h"
#include "formats/json_text.h"
#include "serve/daemon_process.h"
#include "worker/write_sandbox.h"

namespace lmos::test {
namespace {

namespace fs = std::filesystem;

std::string escaped(const std::string& text) { return compact_json(Json(text)); }

std::string bearer(const std::string& key) {
  return key.empty() ? "" : "Authorization: Bearer " + key + "\r\n";
}

class Jobs : public testing::Test {
 protected:
  Jobs() {
    fs::create_directories(folder_ / "data");
    fs::create_directories(folder_ / "runs");
    fs::create_directories(folder_ / "elsewhere");
    write_text(folder_ / "data/text.txt", sentences(20000));
    write_text(folder_ / "elsewhere/text.txt", sentences(20000));
    write_text(folder_ / "declared.yaml", pipeline("declared"));
  }

  // A second or two of work, with a checkpoint every 5 steps.
  std::string pipeline(const std::string& run, const std::string& steps = "80") const {
    return "version: 1\nkind: train\nseed: 5\n"
           "backend: {plugin: cpu, threads: 1}\n"
           "tokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
           "dataset: {plugin: text, path: " +
           (folder_ / "data/text.txt").string() +
           ", sequence: 64}\n"
           "model: {plugin: llama, layers: 2, embed: 32, heads: 4, kv_heads: 2, mlp: 64, tied: "
           "true, dropout: 0.1}\n"
           "optimizer: {lr: 3.0e-3}\nschedule: {kind: cosine, warmup: 5}\n"
           "train: {steps: " +
           steps + ", batch: 16}\ncheckpoint: {folder: " + run_folder(run) + ", every: 5}\n";
  }
  std::string run_folder(const std::string& run) const { return (folder_ / "runs" / run).string(); }

  std::vector<std::string> settings(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {
        "models=[]", "jobs.read=[" + (folder_ / "data").string() + "]",
        "jobs.write=[" + (folder_ / "runs").string() + "]",
        "pipelines={quick: " + (folder_ / "declared.yaml").string() + "}"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // What an uninterrupted run logs.
  std::map<int64_t, std::string> expected_losses() {
    write_text(folder_ / "whole.yaml", pipeline("whole"));
    const Outcome outcome = llmasos({"train", (folder_ / "whole.yaml").string()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return losses(run_folder("whole"));
  }

  TemporaryFolder folder_;
};

Response submit(DaemonProcess& daemon, const std::string& pipeline, const std::string& key = "") {
  return HttpClient(daemon.port())
      .post("/v1/jobs", "{\"pipeline\":" + escaped(pipeline) + "}", bearer(key));
}

std::string id_of(const Response& response) {
  EXPECT_EQ(response.status, 201) << response.body;
  return response.status == 201 ? response.json().at("id", "").as_string("id") : "";
}

Json job(DaemonProcess& daemon, const std::string& id) {
  return HttpClient(daemon.port()).get("/v1/jobs/" + id).json();
}

std::string status(DaemonProcess& daemon, const std::string& id) {
  return job(daemon, id).at("status", "").as_string("status");
}

int64_t restarts(DaemonProcess& daemon, const std::string& id) {
  return job(daemon, id).at("restarts", "").as_int64("restarts");
}

// Follows the log to the end of the job; returns the events.
std::string follow(DaemonProcess& daemon, const std::string& id) {
  return HttpClient(daemon.port()).get("/v1/jobs/" + id + "/logs?follow=true").body;
}

// Returns once the job is beyond its first checkpoint.
void wait_for_checkpoint(DaemonProcess& daemon, const std::string& id) {
  HttpClient client(daemon.port());
  client.send(request("GET", "/v1/jobs/" + id + "/metrics?follow=true&after=6", ""));
  client.read_until("\"loss\"");
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_F(Jobs, RunAreFollowedAndListed) {
  DaemonProcess daemon(settings(), {});
  const std::string first = id_of(submit(daemon, pipeline("first", "1000000")));
  const std::string second = id_of(submit(daemon, pipeline("second", "12")));
  EXPECT_EQ(job(daemon, first).at("name", ""), Json("first"));
  EXPECT_EQ(status(daemon, second), "queued") << "one at once";
  // The same folder again, while it is in use.
  EXPECT_EQ(submit(daemon, pipeline("first")).status, 409);

  HttpClient metrics(daemon.port());
  metrics.send(request("GET", "/v1/jobs/" + second + "/metrics?follow=true", ""));
  EXPECT_EQ(HttpClient(daemon.port()).post("/v1/jobs/" + first + "/cancel", "").status, 200);
  EXPECT_NE(follow(daemon, first).find("data: cancelled"), std::string::npos);
  EXPECT_NE(follow(daemon, second).find("data: succeeded"), std::string::npos);
  EXPECT_EQ(count(metrics.receive().body, "\"loss\""), 12u);

  const Json done = job(daemon, second);
  EXPECT_EQ(done.at("status", ""), Json("succeeded"));
  EXPECT_EQ(done.at("kind", ""), Json("train"));
  EXPECT_EQ(done.at("progress", "").at("step", ""), Json(12));
  EXPECT_EQ(done.at("progress", "").at("steps", ""), Json(12));
  EXPECT_TRUE(done.at("progress", "").at("loss", "").is_number());
  EXPECT_TRUE(done.at("error", "").is_null());
  EXPECT_TRUE(done.at("finished_at", "").is_int64());

  HttpClient client(daemon.port());
  const Json rows = client.get("/v1/jobs/" + second + "/metrics?after=10").json();
  ASSERT_EQ(rows.at("data", "").as_array("").size(), 2u);
  EXPECT_EQ(rows.at("data", "").as_array("")[0].at("step", ""), Json(11));
  const Json lines = client.get("/v1/jobs/" + second + "/logs?limit=1").json();
  EXPECT_EQ(lines.at("data", "").as_array("").at(0), Json("succeeded"));
  EXPECT_EQ(lines.at("has_more", ""), Json(true));

  const Json page = client.get("/v1/jobs?limit=1").json();
  EXPECT_EQ(page.at("data", "").as_array("").at(0).at("id", ""), Json(second));
  EXPECT_EQ(page.at("has_more", ""), Json(true));
  const Json next = client.get("/v1/jobs?limit=1&after=" + second).json();
  EXPECT_EQ(next.at("data", "").as_array("").at(0).at("id", ""), Json(first));
  EXPECT_EQ(next.at("has_more", ""), Json(false));
  EXPECT_EQ(client.get("/v1/jobs/job_none").status, 404);
  EXPECT_EQ(client.post("/v1/jobs/" + second + "/cancel", "").status, 409);
  EXPECT_EQ(client.post("/v1/jobs/" + second + "/resume", "").status, 409);
}

TEST_F(Jobs, CancelledOnesGoOnWhereTheyWere) {
  const auto expected = expected_losses();
  DaemonProcess daemon(settings(), {});
  const std::string id = id_of(submit(daemon, pipeline("run")));
  const std::string waiting = id_of(submit(daemon, pipeline("waiting")));
  wait_for_checkpoint(daemon, id);
  HttpClient client(daemon.port());
  EXPECT_EQ(client.post("/v1/jobs/" + waiting + "/cancel", "").json().at("status", ""),
            Json("cancelled"));
  EXPECT_EQ(client.post("/v1/jobs/" + id + "/cancel", "").status, 200);
  follow(daemon, id);
  EXPECT_EQ(status(daemon, id), "cancelled");
  EXPECT_LT(losses(run_folder("run")).size(), 80u);
  EXPECT_EQ(client.post("/v1/jobs/" + id + "/resume", "").status, 200);
  follow(daemon, id);
  EXPECT_EQ(status(daemon, id), "succeeded");
  EXPECT_EQ(losses(run_folder("run")), expected);
}

TEST_F(Jobs, GoOnWhenTheirProcessIsKilledOrHangs) {
  const auto expected = expected_losses();
  for (const int signal : {SIGKILL, SIGSTOP}) {
    SCOPED_TRACE(strsignal(signal));
    DaemonProcess daemon(settings({"workers.heartbeat_seconds=2"}), {});
    const std::string run = std::to_string(signal);
    const std::string id = id_of(submit(daemon, pipeline(run)));
    wait_for_checkpoint(daemon, id);
    ASSERT_EQ(daemon.workers().size(), 1u);
    ASSERT_EQ(::kill(daemon.workers().at(0), signal), 0);
    const std::string log = follow(daemon, id);
    EXPECT_NE(log.find(signal == SIGKILL ? "was killed by SIGKILL" : "it sent nothing in 2 s"),
              std::string::npos)
        << log;
    EXPECT_NE(log.find("going on from step"), std::string::npos) << log;
    EXPECT_EQ(status(daemon, id), "succeeded");
    EXPECT_GE(restarts(daemon, id), 1);
    EXPECT_EQ(losses(run_folder(run)), expected);
  }
}

TEST_F(Jobs, GoOnWhenTheDaemonIsKilledOrTold) {
  const auto expected = expected_losses();
  for (const int signal : {SIGKILL, SIGTERM}) {
    SCOPED_TRACE(strsignal(signal));
    DaemonProcess daemon(settings(), {});
    const std::string run = std::to_string(signal);
    const std::string id = id_of(submit(daemon, pipeline(run)));
    const std::string waiting = id_of(submit(daemon, pipeline(run + "-waiting", "6")));
    wait_for_checkpoint(daemon, id);
    if (signal == SIGTERM) {
      daemon.program().signal(SIGTERM);
      EXPECT_EQ(daemon.program().exit_code(), 0);
      EXPECT_NE(daemon.program().seen().find("interrupted"), std::string::npos);
      // Saved at the step that it had reached.
      const auto steps = static_cast<int64_t>(losses(run_folder(run)).size());
      char name[32];
      std::snprintf(name, sizeof name, "step-%08d", static_cast<int>(steps));
      EXPECT_TRUE(fs::exists(run_folder(run) + "/checkpoints/" + name)) << name;
    }
    daemon.kill();
    daemon.start();
    const std::string log = follow(daemon, id);
    EXPECT_NE(log.find("going on from step"), std::string::npos) << log;
    EXPECT_EQ(status(daemon, id), "succeeded") << log;
    EXPECT_EQ(losses(run_folder(run)), expected);
    follow(daemon, waiting);
    EXPECT_EQ(status(daemon, waiting), "succeeded");
  }
}

TEST_F(Jobs, AFullDiskFailsTheJobAndNothingElse) {
  DaemonProcess daemon(settings({"jobs.restarts=1"}), {});
  // Files of the daemon, and of what it starts, end here.
  const auto limit_files = [&](rlim_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    ASSERT_EQ(prlimit(daemon.program().id(), RLIMIT_FSIZE, &limit, nullptr), 0);
  };
  limit_files(130'000);
  const std::string id = id_of(submit(daemon, pipeline("run", "10")));
  follow(daemon, id);
  const Json failed = job(daemon, id);
  EXPECT_EQ(failed.at("status", ""), Json("failed"));
  EXPECT_EQ(failed.at("restarts", ""), Json(1));
  const std::string error = failed.at("error", "").as_string("error");
  EXPECT_NE(error.find(run_folder("run")), std::string::npos) << error;
  EXPECT_NE(error.find("given up after 1 restarts"), std::string::npos) << error;
  EXPECT_EQ(HttpClient(daemon.port()).get("/healthz").status, 200);

  limit_files(RLIM_INFINITY);
  EXPECT_EQ(HttpClient(daemon.port()).post("/v1/jobs/" + id + "/resume", "").status, 200);
  follow(daemon, id);
  EXPECT_EQ(status(daemon, id), "succeeded");
}

TEST_F(Jobs, WrongPipelinesAreRefusedWithTheirPlace) {
  DaemonProcess daemon(settings(), {});
  const std::string good = pipeline("run");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::pair<std::string, std::string> cases[] = {
      {"version: 1\nkind: [", "pipeline:"},
      {with("seed: 5", "sead: 5"), "pipeline:3:1: sead: unknown key"},
      {with("steps: 80", "steps: many"), "pipeline:10:16: train.steps"},
      {with("plugin: llama", "plugin: lama"), "did you mean 'llama'"},
      {"kind: [[[[[[[[[", "pipeline:"},
      {"&a [*a]", "pipeline:"},
      {std::string(2000, '['), "pipeline:"},
      {"nothing", "pipeline"},
  };
  for (const auto& [text, expected] : cases) {
    const Response response = submit(daemon, text);
    EXPECT_EQ(response.status, 400) << text;
    const Json error = response.json().at("error", "");
    EXPECT_NE(error.at("message", "").as_string("").find(expected), std::string::npos)
        << response.body;
    EXPECT_EQ(error.at("code", ""), Json("invalid_pipeline"));
  }
  HttpClient client(daemon.port());
  for (const char* body : {"{}", "[]", R"({"pipeline":3})", R"({"pipeline":"a","name":"quick"})",
                           R"({"name":"quick","set":3})", R"({"name":"quick","more":1})"})
    EXPECT_EQ(client.post("/v1/jobs", body).status, 400) << body;
  EXPECT_EQ(client.post("/v1/jobs", R"({"name":"none"})").status, 404);
  EXPECT_TRUE(client.get("/v1/jobs").json().at("data", "").as_array("").empty());
}

TEST_F(Jobs, PathsStayInTheFoldersOfJobs) {
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "data/link");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "runs/link");
  fs::create_directory_symlink(folder_ / "not-yet", folder_ / "runs/dangling");
  fs::create_symlink("/etc/passwd", folder_ / "data/passwd.txt");
  DaemonProcess daemon(settings(), {});
  const std::string data = (folder_ / "data").string(), runs = (folder_ / "runs").string();
  const std::pair<std::string, std::string> cases[] = {
      {"dataset.path", "/etc/passwd"},
      {"dataset.path", (folder_ / "elsewhere/text.txt").string()},
      {"dataset.path", data + "/../elsewhere/text.txt"},
      {"dataset.path", data + "/link/text.txt"},
      {"dataset.path", data + "/*.txt"},
      {"dataset.path", "/etc/no-such-file"},
      {"dataset.validation", "/etc/passwd"},
      {"checkpoint.folder", (folder_ / "elsewhere/run").string()},
      {"checkpoint.folder", data + "/run"},
      {"checkpoint.folder", runs + "/../elsewhere/run"},
      {"checkpoint.folder", runs + "/link/run"},
      {"checkpoint.folder", runs + "/dangling"},
      {"checkpoint.folder", runs + "/dangling/run"},
      {"checkpoint.folder", "run"},
      {"tokenizer", "{path: /etc/passwd}"},
  };
  for (const auto& [key, value] : cases) {
    std::string body = "{\"pipeline\":" + escaped(pipeline("run")) + ",\"set\":{" + escaped(key) +
                       ":" + escaped(value) + "}}";
    if (value.starts_with("{")) {
      // A section: as YAML in place of the one that is there.
      std::string text = pipeline("run");
      const size_t begin = text.find("\n" + key + ": ");
      if (begin != std::string::npos) text.erase(begin + 1, text.find('\n', begin + 1) - begin);
      body = "{\"pipeline\":" + escaped(text + key + ": " + value + "\n") + "}";
    }
    const Response response = HttpClient(daemon.port()).post("/v1/jobs", body);
    EXPECT_EQ(response.status, 400) << key << " " << value << " " << response.body;
    EXPECT_NE(response.body.find("outside the folders"), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find("root:"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_ / "not-yet"));

  // Evaluations write too.
  const Response evaluation = submit(
      daemon, "version: 1\nkind: evaluate\nbackend: {plugin: cpu}\nmodel: {path: " + data +
                  "/model}\nevaluate: {prompts: " + data +
                  "/text.txt, answers: " + (folder_ / "elsewhere/answers.jsonl").string() + "}\n");
  EXPECT_EQ(evaluation.status, 400);
  EXPECT_NE(evaluation.body.find("evaluate.answers"), std::string::npos) << evaluation.body;
  EXPECT_NE(evaluation.body.find("outside the folders"), std::string::npos) << evaluation.body;

  // What the daemon keeps is nobody's data, also where it lies in a folder that may be read.
  DaemonProcess other(settings({"state_folder=" + data + "/state"}), {});
  std::string text = pipeline("run");
  const std::string from = "/data/text.txt";
  text.replace(text.find(from), from.size(), "/data/state/*.sqlite");
  const Response response = submit(other, text);
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("outside the folders"), std::string::npos) << response.body;
}

TEST_F(Jobs, LinksThatChangeWhileAJobWaitsAreNoticed) {
  DaemonProcess daemon(settings(), {});
  const std::string first = id_of(submit(daemon, pipeline("first", "1000000")));
  const std::string second = id_of(submit(daemon, pipeline("second")));
  fs::create_directory_symlink(folder_ / "elsewhere", run_folder("second"));
  HttpClient(daemon.port()).post("/v1/jobs/" + first + "/cancel", "");
  follow(daemon, second);
  EXPECT_EQ(status(daemon, second), "failed");
  EXPECT_NE(job(daemon, second).at("error", "").as_string("").find("outside the folders"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere/pipeline.yaml"));
}

TEST_F(Jobs, TheKernelKeepsWritesInTheirFolders) {
  const fs::path inside = folder_ / "runs", outside = folder_ / "elsewhere";
  const pid_t child = fork();
  if (child == 0) {
    if (!worker::restrict_writes({inside})) _exit(77);
    const auto can_write = [](const fs::path& file) {
      const int opened = open(file.c_str(), O_WRONLY | O_CREAT, 0600);
      return opened >= 0 && write(opened, "x", 1) == 1;
    };
    const bool held = can_write(inside / "new") && !can_write(outside / "new") &&
                      !can_write(outside / "text.txt") && can_write("/dev/null") &&
                      unlink((outside / "text.txt").c_str()) != 0 &&
                      rename((outside / "text.txt").c_str(), (inside / "moved").c_str()) != 0;
    _exit(held ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  ASSERT_TRUE(WIFEXITED(result));
  if (WEXITSTATUS(result) == 77) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(WEXITSTATUS(result), 0);
}

TEST_F(Jobs, OfTwoKeysAreApart) {
  DaemonProcess daemon(settings({"require_keys=true"}), {});
  const auto add_key = [&](const std::vector<std::string>& more) {
    auto words = daemon.words("keys");
    words.insert(words.begin() + 1, "add");
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_program("llmasosd", words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out.substr(0, outcome.out.find('\n'));
  };
  const std::string one = add_key({}), two = add_key({}), admin = add_key({"--admin"});
  HttpClient client(daemon.port());
  const auto until_known = [&](const std::string& key) {
    while (client.get("/v1/jobs", bearer(key)).status == 401) {
    }
  };
  for (const std::string& key : {one, two, admin}) until_known(key);
  EXPECT_EQ(submit(daemon, pipeline("run")).status, 401);
  const std::string id = id_of(submit(daemon, pipeline("run", "5"), one));
  const auto get = [&](const std::string& path, const std::string& key) {
    return client.get(path, bearer(key));
  };
  for (const char* below : {"", "/logs", "/metrics", "/logs?follow=true"}) {
    EXPECT_EQ(get("/v1/jobs/" + id + below, two).status, 404) << below;
    EXPECT_EQ(get("/v1/jobs/" + id + below, one).status, 200) << below;
    EXPECT_EQ(get("/v1/jobs/" + id + below, admin).status, 200) << below;
  }
  for (const char* action : {"/cancel", "/resume"})
    EXPECT_EQ(client.post("/v1/jobs/" + id + action, "", bearer(two)).status, 404);
  EXPECT_EQ(get("/v1/jobs?after=" + id, two).status, 404);
  EXPECT_TRUE(get("/v1/jobs", two).json().at("data", "").as_array("").empty());
  EXPECT_EQ(get("/v1/jobs", one).json().at("data", "").as_array("").size(), 1u);
  EXPECT_EQ(get("/v1/jobs", admin).json().at("data", "").as_array("").size(), 1u);
}

TEST_F(Jobs, DeclaredPipelinesAreStartedByName) {
  DaemonProcess daemon(settings(), {});
  HttpClient client(daemon.port());
  const Json list = client.get("/v1/pipelines").json();
  ASSERT_EQ(list.at("data", "").as_array("").size(), 1u);
  EXPECT_EQ(list.at("data", "").as_array("")[0].at("name", ""), Json("quick"));
  EXPECT_EQ(client.get("/v1/pipelines/quick").json().at("pipeline", ""),
            Json(pipeline("declared")));
  EXPECT_EQ(client.get("/v1/pipelines/none").status, 404);
  const std::string set = R"({"set":{"train.steps":5,"optimizer.betas":[0.9,0.99]}})";
  const std::string id = id_of(client.post("/v1/pipelines/quick", set));
  EXPECT_EQ(job(daemon, id).at("name", ""), Json("quick"));
  follow(daemon, id);
  EXPECT_EQ(status(daemon, id), "succeeded");
  EXPECT_EQ(losses(run_folder("declared")).size(), 5u);
}

TEST_F(Jobs, AreSubmittedFollowedAndEndedFromTheCommandLine) {
  DaemonProcess daemon(settings(), {});
  const std::string url = "--url=http://127.0.0.1:" + std::to_string(daemon.port());
  const std::string file = (folder_ / "job.yaml").string();
  write_text(file, pipeline("run"));
  const Outcome done = llmasos({"submit", file, "--set", "train.steps=6", "--follow", url});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find("succeeded"), std::string::npos) << done.out;
  const std::string id = done.out.substr(0, done.out.find('\n'));

  const Outcome table = llmasos({"jobs", url});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_TRUE(table.out.starts_with("ID ")) << table.out;
  EXPECT_NE(table.out.find(id), std::string::npos);
  EXPECT_NE(table.out.find("6 of 6"), std::string::npos) << table.out;
  const Outcome json = llmasos({"jobs", id, "--json", url});
  EXPECT_EQ(parse_json(json.out, "jobs").at("status", ""), Json("succeeded"));
  const Outcome log = llmasos({"logs", id, "-f", url});
  EXPECT_TRUE(log.out.ends_with("succeeded\n")) << log.out;
  EXPECT_EQ(count(llmasos({"logs", id, "--metrics", url}).out, "\"loss\""), 6u);

  write_text(file, pipeline("other", "100000"));
  const Outcome running = llmasos({"submit", file, "--json", url});
  const std::string other = parse_json(running.out, "submit").at("id", "").as_string("id");
  EXPECT_EQ(llmasos({"cancel", other, url}).code, 0);
  llmasos({"logs", other, "--follow", url});
  EXPECT_EQ(status(daemon, other), "cancelled");
  EXPECT_EQ(llmasos({"resume", other, url}).code, 0);
  EXPECT_EQ(llmasos({"cancel", other, url}).code, 0);

  EXPECT_EQ(llmasos({"resume", id, url}).code, 2) << "it has succeeded";
  EXPECT_EQ(llmasos({"cancel", "../x", url}).code, 2);
  write_text(file, "version: 1\nkind: train\nsed: 3\n");
  const Outcome wrong = llmasos({"submit", file, url});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find(file + ":3:1: sed: unknown key"), std::string::npos) << wrong.err;
  EXPECT_EQ(llmasos({"jobs", "--url=http://127.0.0.1:1"}).code, 6);
}

}  // namespace
}  // namespace lmos::test
