#include "serve/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>

#include "data/file_lock.h"
#include "errors/error.h"
#include "serve/access.h"
#include "serve/api.h"
#include "serve/http_server.h"
#include "serve/jobs/job_queue.h"
#include "serve/jobs/jobs_api.h"
#include "serve/model_loader.h"
#include "serve/model_table.h"
#include "serve/page.h"
#include "serve/router.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

bool is_loopback(const std::string& address) {
  return asio::ip::make_address(address).is_loopback();
}

class Daemon {
 public:
  Daemon(const Config& config, const WorkerPrograms& programs)
      : config_(config),
        signals_(loop_, SIGINT, SIGTERM, SIGHUP),
        timer_(loop_),
        database_(config.state_folder),
        lock_(config.state_folder / "daemon.lock"),
        access_(KeyStore(database_), config.require_keys || !is_loopback(config.listen.address)),
        router_(access_, BrowserGuard(access_.required(), config.listen.names)),
        model_store_(database_),
        loader_(loop_, config_, models_, model_store_, programs.model),
        api_(config_, models_, loader_, router_),
        jobs_(loop_, config_, database_, programs.job),
        jobs_api_(config_, jobs_, router_) {
    router_.add(page_routes());
  }

  void run() {
    if (!lock_.try_acquire())
      throw Error(ErrorKind::kConfiguration,
                  "another llmasosd runs with this state_folder, " + config_.state_folder.string());
    wait_for_signal();
    server_ = std::make_unique<HttpServer>(
        loop_, config_.listen, config_.limits,
        [this](const std::shared_ptr<HttpExchange>& exchange) { router_.handle(exchange); });
    loader_.start();
    jobs_.start();
    const std::string& address = config_.listen.address;
    const bool ipv6 = address.find(':') != std::string::npos;
    if (!config_.listen.tls && !is_loopback(address))
      spdlog::warn(
          "without listen.tls, API keys and texts cross the network readable by all; use it, or "
          "a proxy that speaks https");
    spdlog::info("listening on {}://{}:{}", config_.listen.tls ? "https" : "http",
                 ipv6 ? "[" + address + "]" : address, server_->port());
    loop_.run();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void wait_for_signal() {
    signals_.async_wait([this](error_code error, int number) {
      if (error) return;
      if (number == SIGHUP) {
        if (server_) server_->reload_certificate();
        wait_for_signal();
        return;
      }
      if (draining_) {
        spdlog::warn("ending at once");
        loop_.stop();
        return;
      }
      spdlog::info("{}: finishing what runs", number == SIGINT ? "SIGINT" : "SIGTERM");
      drain();
      wait_for_signal();
    });
  }

  void drain() {
    draining_ = true;
    api_.drain();
    jobs_.drain();
    server_->drain();
    drain_until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(config_.workers.drain_seconds));
    wait_for_requests();
  }

  // Connections end with their answers, once these are sent.
  void wait_for_requests() {
    const bool idle = server_->connections() == 0 && loader_.idle() && jobs_.idle();
    if (idle || Clock::now() >= drain_until_) return end_models();
    timer_.expires_after(std::chrono::milliseconds(10));
    timer_.async_wait([this](error_code error) {
      if (!error) wait_for_requests();
    });
  }

  void end_models() {
    server_.reset();
    loader_.end([this] { loop_.stop(); });
  }

  const Config config_;
  asio::io_context loop_{1};
  asio::signal_set signals_;
  asio::steady_timer timer_;
  ModelTable models_;
  Database database_;
  data::FileLock lock_;
  Access access_;
  Router router_;
  ModelStore model_store_;
  ModelLoader loader_;
  Api api_;
  JobQueue jobs_;
  JobsApi jobs_api_;
  std::unique_ptr<HttpServer> server_;
  bool draining_ = false;
  Clock::time_point drain_until_;
};

}  // namespace

void run_daemon(const Config& config, const WorkerPrograms& programs) {
  std::signal(SIGPIPE, SIG_IGN);
  // A write beyond a limit on files fails, as one on a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  Daemon(config, programs).run();
}

}  // namespace lmos::serve
