// What the commands of one process share: its plugins, and the wish of the user to stop.
#pragma once

#include <atomic>
#include <memory>

#include "components/catalogue.h"
#include "pipeline/pipeline.h"
#include "programs/arguments.h"
#include "programs/run_listener.h"

namespace lmos {

class Session {
 public:
  explicit Session(const Arguments& arguments);

  // Looks for plugins at its first use.
  components::Catalogue& catalogue();
  // Before that use: looks again at libraries that once did not answer.
  void ask_hung_plugins_again() { ask_hung_plugins_again_ = true; }
  // The pipeline in the positional FILE, with --set applied.
  Pipeline load_pipeline();

  // Set by the first Ctrl-C or SIGTERM: finish the step, save, exit with 130. A second Ctrl-C ends
  // the process at once.
  static const std::atomic<bool>& interrupted();
  static void catch_signals();
  // As a first Ctrl-C would. [any-thread]
  static void interrupt();

  // Who hears of runs besides the user; null: nobody. It outlives the session's runs.
  RunListener* listener() const { return listener_; }
  void set_listener(RunListener* listener) { listener_ = listener; }

 private:
  const Arguments& arguments_;
  bool ask_hung_plugins_again_ = false;
  std::unique_ptr<components::Catalogue> catalogue_;
  RunListener* listener_ = nullptr;
};

}  // namespace lmos
