// What stays up when processes die, hang or run out, and when clients misbehave.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <list>
#include <stdexcept>

#include "formats/json_text.h"
#include "serve/daemon_process.h"
#include "serve/memory_group.h"

namespace lmos::test {
namespace {

const std::string kOtherStream =
    R"({"model":"other","prompt":["a","b"],"n":16,"max_tokens":120,"stream":true})";
const std::string kOther = R"({"model":"other","prompt":"hello","max_tokens":4})";

// Also when nobody has reaped it: not every init does.
bool runs(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string id, name, state;
  return (file >> id >> name >> state) && state != "Z";
}

// A minute at most.
template <class Condition>
void expect_soon(Condition holds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  bool held = holds();
  while (!held && std::chrono::steady_clock::now() < limit) held = holds();
  EXPECT_TRUE(held);
}

void wait_for_end_of(pid_t process) {
  expect_soon([&] { return !runs(process); });
}

TEST(DaemonProcess, ALineThatNeverComesIsAnErrorWithWhatWasSaid) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  try {
    daemon.program().wait_for("nothing that is ever logged", std::chrono::milliseconds(1));
    FAIL() << "the line was found";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'nothing that is ever logged'"), std::string::npos) << text;
    EXPECT_NE(text.find("listening on"), std::string::npos) << text;
  }
}

TEST(Faults, AKilledWorkerFailsOnlyItsOwnRequestsAndComesBack) {
  DaemonProcess daemon({}, {"tiny", "other"});
  daemon.wait_until_ready();
  const size_t descriptors = daemon.open_descriptors();
  for (int round = 0; round < 3; ++round) {
    HttpClient streaming(daemon.port()), waiting(daemon.port()), other(daemon.port());
    streaming.send(request("POST", "/v1/completions", long_request("tiny", true)));
    waiting.send(request("POST", "/v1/completions", long_request("tiny", false)));
    other.send(request("POST", "/v1/completions", kOtherStream));
    streaming.read_until("data: ");
    other.read_until("data: ");
    daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 128");

    // That of the first model is the older one until it was restarted.
    const std::vector<pid_t> workers = daemon.workers();
    ASSERT_EQ(workers.size(), 2u);
    const auto [older, younger] = std::minmax(workers[0], workers[1]);
    ASSERT_EQ(::kill(round == 0 ? older : younger, SIGKILL), 0);

    const Response failed = waiting.receive();
    EXPECT_EQ(failed.status, 503);
    EXPECT_EQ(failed.headers.at("retry-after"), "1");
    EXPECT_EQ(failed.json().at("error", "").at("code", ""), Json("worker_failed"));
    EXPECT_NE(streaming.receive().body.find("worker_failed"), std::string::npos);
    EXPECT_TRUE(other.receive().body.ends_with("data: [DONE]\n\n"));
    daemon.wait_until_ready();
    EXPECT_EQ(HttpClient(daemon.port()).complete(kShort).status, 200);
  }
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 3");
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"other\"} 0");
  daemon.wait_for_metric("llmasos_requests_active{model=\"other\"} 0");
  // The daemon learns in its own time that connections have ended.
  expect_soon([&] { return daemon.open_descriptors() <= descriptors + 2; });
  EXPECT_EQ(daemon.workers().size(), 2u);
}

TEST(Faults, AWorkerThatHangsIsReplaced) {
  // More than a busy machine keeps a healthy worker from speaking.
  DaemonProcess daemon({"workers.heartbeat_seconds=4"});
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient client(daemon.port());
  client.send(request("POST", "/v1/completions", long_request("tiny", false)));
  daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 64");
  ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  EXPECT_EQ(client.receive().status, 503);
  EXPECT_TRUE(daemon.program().wait_for("it sent nothing in 4 s"));
  daemon.wait_until_ready();
  EXPECT_FALSE(runs(worker));
}

int open_sockets(pid_t process) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
    std::error_code gone;
    count += std::filesystem::read_symlink(entry.path(), gone).native().starts_with("socket:");
  }
  return count;
}

TEST(Faults, AWorkerHoldsNoConnectionButItsOwn) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  HttpClient client(daemon.port());
  EXPECT_EQ(client.get("/healthz").status, 200);
  ASSERT_EQ(::kill(daemon.workers().at(0), SIGKILL), 0);
  EXPECT_TRUE(daemon.program().wait_for("SIGKILL"));
  daemon.wait_until_ready();
  EXPECT_EQ(open_sockets(daemon.workers().at(0)), 1);
}

TEST(Faults, AMachineThatStoodStillLosesNothing) {
  DaemonProcess daemon({"workers.heartbeat_seconds=1"});
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient client(daemon.port());
  client.send(
      request("POST", "/v1/completions",
              R"({"model":"tiny","prompt":["a","b"],"n":16,"max_tokens":120,"stream":true})"));
  client.read_until("data: ");
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(::kill(worker, SIGSTOP), 0);
    ASSERT_EQ(::kill(daemon.program().id(), SIGSTOP), 0);
    // Longer than the limit; nothing happens that could be waited for.
    EXPECT_FALSE(HttpClient(daemon.port()).answers_within(std::chrono::milliseconds(1500)));
    // The daemon first: it finds a worker that has been silent for long.
    ASSERT_EQ(::kill(daemon.program().id(), SIGCONT), 0);
    ASSERT_EQ(::kill(worker, SIGCONT), 0);
  }
  EXPECT_TRUE(client.receive().body.ends_with("data: [DONE]\n\n"));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 0");
}

// Keeps one processor busy while it lives.
class BusyProcessor {
 public:
  explicit BusyProcessor(const cpu_set_t& where) {
    process_ = ::fork();
    if (process_ != 0) return;
    ::sched_setaffinity(0, sizeof where, &where);
    for (std::atomic<unsigned> turns = 0;;) ++turns;
  }
  ~BusyProcessor() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  BusyProcessor(const BusyProcessor&) = delete;
  BusyProcessor& operator=(const BusyProcessor&) = delete;

 private:
  pid_t process_ = -1;
};

TEST(Faults, AWorkerThatGetsNoProcessorIsNotTakenForOneThatHangs) {
  DaemonProcess daemon({"workers.heartbeat_seconds=1"});
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient client(daemon.port());
  client.send(request("POST", "/v1/completions", long_request("tiny", true)));
  client.read_until("data: ");
  cpu_set_t allowed, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
    if (CPU_ISSET(i, &allowed)) CPU_SET(i, &one);
  const BusyProcessor busy(one), busier(one);
  // Each thread runs only where those two leave it something, which is next to nothing.
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(worker) + "/task")) {
    const pid_t thread = std::stoi(entry.path().filename());
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(thread, SCHED_IDLE, &none), 0);
    ASSERT_EQ(::sched_setaffinity(thread, sizeof one, &one), 0);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (std::chrono::steady_clock::now() < until)
    EXPECT_FALSE(HttpClient(daemon.port()).answers_within(std::chrono::milliseconds(500)));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 0");
  EXPECT_EQ(daemon.workers().at(0), worker);
}

TEST(Faults, ASilentStreamSendsComments) {
  DaemonProcess daemon({"limits.event_seconds=0.05"});
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient client(daemon.port());
  client.send(
      request("POST", "/v1/completions",
              R"({"model":"tiny","prompt":["a","b"],"n":16,"max_tokens":120,"stream":true})"));
  client.read_until("data: ");
  ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  client.read_until("\n:\n\n");
  ASSERT_EQ(::kill(worker, SIGCONT), 0);
  EXPECT_TRUE(client.receive().body.ends_with("data: [DONE]\n\n"));
  // The connection is as good as before.
  EXPECT_EQ(client.complete(kShort).status, 200);
}

TEST(Faults, AKilledDaemonTakesItsWorkersAlongAndServesAgain) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient client(daemon.port());
  client.send(request("POST", "/v1/completions", long_request("tiny", true)));
  client.read_until("data: ");
  daemon.kill();
  wait_for_end_of(worker);
  daemon.start();
  daemon.wait_until_ready();
  EXPECT_EQ(HttpClient(daemon.port()).complete(kShort).status, 200);
}

TEST(Faults, SigtermFinishesWhatRuns) {
  DaemonProcess daemon({"workers.drain_seconds=600"});
  daemon.wait_until_ready();
  const pid_t worker = daemon.workers().at(0);
  HttpClient streaming(daemon.port()), idle(daemon.port());
  EXPECT_EQ(idle.get("/healthz").status, 200);
  const std::string body =
      R"({"model":"tiny","prompt":["a","b","c"],"n":16,"max_tokens":100,"stream":true})";
  streaming.send(request("POST", "/v1/completions", body));
  streaming.read_until("data: ");
  daemon.program().signal(SIGTERM);
  idle.wait_for_close();
  const Response response = streaming.receive();
  EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n"));
  streaming.wait_for_close();
  EXPECT_EQ(daemon.program().exit_code(), 0);
  EXPECT_FALSE(runs(worker));
}

TEST(Faults, SigtermWaitsNoLongerThanItsLimitAndASecondOneNotAtAll) {
  for (const bool again : {false, true}) {
    DaemonProcess daemon({again ? "workers.drain_seconds=3600" : "workers.drain_seconds=0.1"});
    daemon.wait_until_ready();
    HttpClient client(daemon.port());
    client.send(request("POST", "/v1/completions", long_request("tiny", true)));
    client.read_until("data: ");
    daemon.program().signal(SIGTERM);
    EXPECT_TRUE(daemon.program().wait_for("finishing what runs"));
    if (again) daemon.program().signal(SIGTERM);
    EXPECT_EQ(daemon.program().exit_code(), 0);
  }
}

TEST(Faults, AClientThatGoesTakesItsRequestAlong) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  {
    HttpClient streaming(daemon.port()), waiting(daemon.port());
    streaming.send(request("POST", "/v1/completions", long_request("tiny", true)));
    waiting.send(request("POST", "/v1/completions", long_request("tiny", false)));
    streaming.read_until("data: ");
    daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 128");
  }
  daemon.wait_for_metric("llmasos_requests_total{model=\"tiny\",outcome=\"cancelled\"} 2");
  daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 0");
  // The worker has let go of them too.
  daemon.wait_for_metric("llmasos_queue_tokens{model=\"tiny\"} 0");
  EXPECT_EQ(HttpClient(daemon.port()).complete(kShort).status, 200);
}

TEST(Faults, AClientThatGoesWhileItsPromptIsReadTakesItAlong) {
  // A token a step: the prompts are read in 409,600 steps.
  DaemonProcess daemon({"models.0.chunk=1", "models.0.sequences=1", "limits.prompts=4096",
                        "models.0.queue_tokens=1000000", "workers.heartbeat_seconds=2"});
  daemon.wait_until_ready();
  std::string prompts;
  for (int i = 0; i < 4096; ++i) prompts += (i == 0 ? "\"" : ",\"") + std::string(100, 'a') + "\"";
  {
    HttpClient client(daemon.port());
    client.send(request(
        "POST", "/v1/completions",
        R"({"model":"tiny","max_tokens":0,"echo":true,"logprobs":0,"prompt":[)" + prompts + "]}"));
    daemon.wait_for_metric("llmasos_batch_sequences{model=\"tiny\"} 1");
  }
  daemon.wait_for_metric("llmasos_requests_total{model=\"tiny\",outcome=\"cancelled\"} 1");
  daemon.wait_for_metric("llmasos_queue_tokens{model=\"tiny\"} 0");
  daemon.wait_for_metric("llmasos_batch_sequences{model=\"tiny\"} 0");
  // Far from all of it was read.
  const std::string page = HttpClient(daemon.port()).get("/metrics").body;
  const std::string name = "llmasos_steps_total{model=\"tiny\"} ";
  const size_t found = page.find("\n" + name);
  ASSERT_NE(found, std::string::npos);
  EXPECT_LT(std::stoll(page.substr(found + 1 + name.size())), 400'000);
}

TEST(Faults, ASlowReaderIsCutOff) {
  DaemonProcess daemon({"limits.write_seconds=0.2"});
  daemon.wait_until_ready();
  HttpClient client(daemon.port());
  // Longer events than the sockets hold: logprobs of 20 tokens with each.
  std::string body = long_request("tiny", true);
  body.insert(body.size() - 1, R"(,"logprobs":20)");
  client.send(request("POST", "/v1/completions", body));
  daemon.wait_for_metric("llmasos_requests_total{model=\"tiny\",outcome=\"cancelled\"} 1");
  daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 0");
}

TEST(Faults, AReaderThatTakesNothingKeepsNobodyWaiting) {
  DaemonProcess daemon({"limits.write_seconds=3600"});
  daemon.wait_until_ready();
  {
    HttpClient stuck(daemon.port()), other(daemon.port());
    std::string body = long_request("tiny", true);
    body.replace(body.find("\"n\":16"), 6, R"("n":2,"logprobs":20)");
    stuck.send(request("POST", "/v1/completions", body));
    stuck.read_until("data: ");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(other.complete(kShort).status, 200);
  }
  daemon.wait_for_metric("llmasos_requests_active{model=\"tiny\"} 0");
  daemon.wait_for_metric("llmasos_queue_tokens{model=\"tiny\"} 0");
}

// With a prompt that its worker has no memory to read.
void expect_lost_for_memory(HttpClient& client) {
  const std::string prompt(3'500'000, 'a');
  const Response lost = client.complete(R"({"model":"tiny","prompt":")" + prompt + "\"}");
  EXPECT_EQ(lost.status, 503);
  EXPECT_EQ(lost.headers.at("retry-after"), "1");
  EXPECT_EQ(lost.json().at("error", "").at("code", ""), Json("worker_failed"));
}

// Sanitizers end a process without memory in their own way.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The process may take no more than `bytes` of address space beside what it has.
void limit_address_space(pid_t process, rlim_t bytes) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  rlim_t pages = 0;
  ASSERT_TRUE(file >> pages);
  const rlim_t limit = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + bytes;
  const rlimit limits{limit, limit};
  ASSERT_EQ(prlimit(process, RLIMIT_AS, &limits, nullptr), 0);
}

TEST(Faults, AWorkerWithoutMemoryIsReplaced) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer's runtime, out of memory in its report, waits for itself";
#endif
  DaemonProcess daemon;
  daemon.wait_until_ready();
  // Enough for what it does by itself, too little for the prompt.
  limit_address_space(daemon.workers().at(0), rlim_t{4} << 20);
  HttpClient client(daemon.port());
  expect_lost_for_memory(client);
  // The reason, the last lines of its log, and what comes next.
  EXPECT_TRUE(daemon.program().wait_for("[tiny] its worker "));
  if (!kSanitized) {
    EXPECT_TRUE(daemon.program().wait_for("was killed by SIGABRT"));
    EXPECT_TRUE(daemon.program().wait_for("| out of memory"));
  }
  EXPECT_TRUE(daemon.program().wait_for("It is started again in 0.1 s; 1 requests are lost."));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 1");
  daemon.wait_until_ready();
  EXPECT_EQ(client.complete(kShort).status, 200);
}

TEST(Faults, AWorkerThatTheKernelKillsForMemoryIsReplacedAndToldApart) {
  MemoryGroup group;
  if (!group.made()) GTEST_SKIP() << "no control group with a limit of memory can be made here";
  DaemonProcess daemon({}, {"tiny", "other"});
  daemon.wait_until_ready();
  // The worker that is started next, and it alone, is left in the group.
  const std::vector<pid_t> workers = daemon.workers();
  ASSERT_EQ(workers.size(), 2u);
  group.add(daemon.program().id());
  ASSERT_EQ(::kill(std::min(workers[0], workers[1]), SIGKILL), 0);
  EXPECT_TRUE(daemon.program().wait_for("killed by SIGKILL (if nobody sent it"));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 1");
  daemon.wait_until_ready();
  group.release(daemon.program().id());

  HttpClient client(daemon.port()), other(daemon.port());
  other.send(request("POST", "/v1/completions", kOtherStream));
  other.read_until("data: ");
  group.limit_to_what_it_uses();
  expect_lost_for_memory(client);
  EXPECT_TRUE(
      daemon.program().wait_for("[tiny] its worker was killed by SIGKILL of the kernel, "
                                "for lack of memory (control group " +
                                group.name()));
  group.unlimit();
  EXPECT_TRUE(daemon.program().wait_for("It is started again in"));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 2");
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"other\"} 0");
  daemon.wait_until_ready();
  EXPECT_EQ(client.complete(kShort).status, 200);
  EXPECT_TRUE(other.receive().body.ends_with("data: [DONE]\n\n"));
}

TEST(Faults, AFullQueueSaysWhenToComeBack) {
  DaemonProcess daemon({"models.0.queue_tokens=5000"});
  daemon.wait_until_ready();
  HttpClient first(daemon.port()), second(daemon.port());
  const std::string body =
      R"({"model":"tiny","prompt":"a","n":16,"max_tokens":120,"stream":true,"logit_bias":{"2":-100}})";
  std::string many = body;
  many.replace(many.find("\"a\""), 3, R"(["a","b","c","d","e","f"])");
  first.send(request("POST", "/v1/completions", many));
  const Response refused = first.receive();  // its own later prompts find the queue full
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(refused.json().at("error", "").at("code", ""), Json("queue_full"));
  daemon.wait_for_metric("llmasos_queue_tokens{model=\"tiny\"} 0");
  EXPECT_EQ(second.complete(kShort).status, 200);
}

TEST(Faults, BeyondTheLimitOfConnectionsTheLongestIdleMakesRoom) {
  DaemonProcess daemon({"limits.connections=3"});
  daemon.wait_until_ready();
  // Until it has learned that those who asked before have ended, it may turn others away.
  expect_soon([&] {
    try {
      return HttpClient(daemon.port()).get("/healthz").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
  HttpClient busy(daemon.port()), first(daemon.port()), second(daemon.port());
  busy.send(request("POST", "/v1/completions", long_request("tiny", true)));
  busy.read_until("data: ");
  for (HttpClient* client : {&first, &second}) EXPECT_EQ(client->get("/healthz").status, 200);
  HttpClient third(daemon.port());
  EXPECT_EQ(third.get("/healthz").status, 200);
  first.wait_for_close();
  for (HttpClient* client : {&second, &third}) client->send("GET /healthz HTTP/1.1\r\n");
  HttpClient refused(daemon.port());
  EXPECT_EQ(refused.receive().status, 503);
  busy.read_until("data: ");
  for (HttpClient* client : {&second, &third}) {
    client->send("Host: localhost\r\n\r\n");
    EXPECT_EQ(client->receive().status, 200);
  }
}

TEST(Faults, DescriptorsThatRunOutComeBack) {
  DaemonProcess daemon;
  daemon.wait_until_ready();
  rlimit before{};
  const pid_t process = daemon.program().id();
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, nullptr, &before), 0);
  HttpClient open(daemon.port());
  open.send(request("POST", "/v1/completions", long_request("tiny", true)));
  open.read_until("data: ");
  const rlimit none{daemon.open_descriptors(), before.rlim_max};
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &none, nullptr), 0);
  // Some may still be taken, in the places of connections that had ended unnoticed.
  std::list<HttpClient> waiting;
  for (int i = 0; i < 8; ++i) waiting.emplace_back(daemon.port()).send("GET /healthz HTTP/1.1\r\n");
  EXPECT_TRUE(daemon.program().wait_for("a connection can't be taken"));
  open.read_until("data: ");
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &before, nullptr), 0);
  for (HttpClient& client : waiting) {
    client.send("Host: localhost\r\n\r\n");
    EXPECT_EQ(client.receive().status, 200);
  }
}

TEST(Faults, AModelThatIsMisconfiguredLeavesTheOthersAlone) {
  DaemonProcess daemon({"models.0.context=1000000"}, {"tiny", "other"});
  EXPECT_TRUE(daemon.program().wait_for("its configuration or its files are at fault"));
  EXPECT_TRUE(daemon.program().wait_for("[other] ready"));
  HttpClient client(daemon.port());
  EXPECT_EQ(client.complete(kOther).status, 200);
  EXPECT_EQ(client.complete(kShort).status, 503);
  EXPECT_EQ(compact_json(client.get("/readyz").json().at("models", "")),
            R"({"tiny":"misconfigured","other":"ready"})");
}

TEST(Faults, AModelWithoutTokenizerIsNotStartedAgain) {
  const TemporaryFolder folder;
  const std::filesystem::path whole = LLMASOS_SOURCE_DIRECTORY "/tests/models/data/tiny-llama2-gqa",
                              bare = folder / "bare";
  std::filesystem::create_directory(bare);
  for (const char* file : {"config.json", "model.safetensors"})
    std::filesystem::copy_file(whole / file, bare / file);
  DaemonProcess daemon({"folders=[" + bare.string() + "]", "models.0.path=" + bare.string()});
  EXPECT_TRUE(daemon.program().wait_for("holds no tokenizer"));
  EXPECT_TRUE(daemon.program().wait_for("its configuration or its files are at fault"));
  daemon.wait_for_metric("llmasos_worker_restarts_total{model=\"tiny\"} 0");
}

TEST(Faults, KeysGuardEveryRouteButHealth) {
  DaemonProcess daemon({"require_keys=true"});
  daemon.wait_until_ready();
  HttpClient client(daemon.port());
  EXPECT_EQ(client.get("/healthz").status, 200);
  for (const char* path : {"/v1/models", "/metrics"}) EXPECT_EQ(client.get(path).status, 401);
  for (const char* path : {"/v1/completions", "/tokenize", "/detokenize"})
    EXPECT_EQ(client.post(path, kShort).status, 401) << path;

  const auto keys = [&](std::vector<std::string> more) {
    std::vector<std::string> words = daemon.words("keys");
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_program("llmasosd", words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  std::string secret = keys({"add", "--name", "test", "--requests-per-minute", "2"});
  secret.pop_back();
  const std::string header = "Authorization: Bearer " + secret + "\r\n";
  // Within a second the daemon has seen it.
  Response response;
  do response = client.get("/v1/models", header);
  while (response.status == 401);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(client.post("/v1/completions", kShort, header).status, 200);
  response = client.get("/v1/models", header);
  EXPECT_EQ(response.status, 429);
  EXPECT_NE(response.headers.at("retry-after"), "0");
  EXPECT_EQ(client.get("/v1/models", "Authorization: Bearer lmos-wrong\r\n").status, 401);

  const std::string listed = keys({"list"});
  EXPECT_NE(listed.find("test"), std::string::npos);
  EXPECT_EQ(listed.find(secret), std::string::npos);
  keys({"revoke", listed.substr(0, 8)});
  while (client.get("/v1/models", header).status != 401) {
  }
}

}  // namespace
}  // namespace lmos::test
