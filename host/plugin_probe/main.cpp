// llmasos-plugin-probe LIBRARY: loads an unknown plugin and asks what it is, so that a crash ends
// this process and not the host's. Started by the registry, with a pipe as descriptor 3; see
// plugin_library/probe_protocol.h.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "errors/error.h"
#include "plugin_library/library.h"
#include "plugin_library/plugin_table.h"
#include "plugin_library/probe_protocol.h"
#include "plugin_library/record_text.h"

namespace protocol = lmos::registry::probe_protocol;

namespace {

void send(std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(protocol::kPipe, data.data(), data.size());
    if (count <= 0) _exit(1);
    data.remove_prefix(static_cast<size_t>(count));
  }
}

void send(char stage) { send(std::string_view(&stage, 1)); }

// Crashes shall end the process by their signal at once, without a core file and without a
// sanitizer's report.
void die_plainly() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(crash, SIG_DFL);
}

void probe(const char* path) {
  send(protocol::kLoading);
  lmos_plugin_query_fn query = nullptr;
  try {
    query = lmos::registry::load_library(path);
  } catch (const lmos::Error& error) {
    send(protocol::kNotLoaded);
    send(error.what());
    return;
  }
  send(protocol::kQuerying);
  lmos::registry::PluginRecord record;
  const lmos_plugin* table = query(&lmos::registry::host_info());
  if (table != nullptr) {
    record = lmos::registry::describe(path, *table);
  } else {
    record.path = path;
    record.state = lmos::registry::PluginState::kRefused;
    record.reason = "its query returned no table";
  }
  send(protocol::kRecord);
  send(lmos::registry::write_record(record));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fputs("llmasos-plugin-probe is started by llmasos, to look at one plugin library\n",
               stderr);
    return 2;
  }
  die_plainly();
  probe(arguments[1]);
  _exit(0);  // the library's destructors are not to be trusted either
}
