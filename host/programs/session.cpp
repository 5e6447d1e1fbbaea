#include "programs/session.h"

#include <csignal>

#include "pipeline/load_pipeline.h"

namespace lmos {
namespace {

std::atomic<bool> interrupt_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_interrupt(int signal) {
  interrupt_requested.store(true);
  std::signal(signal, SIG_DFL);
}

}  // namespace

Session::Session(const Arguments& arguments) : arguments_(arguments) {}

components::Catalogue& Session::catalogue() {
  if (!catalogue_) {
    registry::RegistryOptions options;
    for (const std::string& folder : arguments_.texts("plugins"))
      options.folders.emplace_back(folder);
    options.ask_hung_again = ask_hung_plugins_again_;
    catalogue_ = std::make_unique<components::Catalogue>(options);
  }
  return *catalogue_;
}

Pipeline Session::load_pipeline() {
  return lmos::load_pipeline(arguments_.text("FILE").value(), arguments_.texts("set"),
                             catalogue().schemas());
}

const std::atomic<bool>& Session::interrupted() { return interrupt_requested; }

void Session::interrupt() { interrupt_requested.store(true); }

void Session::catch_signals() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, request_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace lmos
