// What the commands of one process share: its plugins, and the wish of the user to stop.
#pragma once

#include <atomic>
#include <memory>

#include "components/catalogue.h"
#include "pipeline/pipeline.h"
#include "programs/arguments.h"

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

 private:
  const Arguments& arguments_;
  bool ask_hung_plugins_again_ = false;
  std::unique_ptr<components::Catalogue> catalogue_;
};

}  // namespace lmos
