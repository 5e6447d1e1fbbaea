// The command line of LLMasOS.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "errors/error.h"
#include "programs/commands/command.h"
#include "programs/server.h"
#include "programs/session.h"
#include "registry/loaded_plugins.h"

namespace {

constexpr const char* kClosing =
    "Exit codes: 0 done; 1 a defect, or a check that did not hold; 2 the command line; 3 the "
    "pipeline file; "
    "4 a model, tokenizer or data file; 5 a plugin; 6 memory, disk or device; 7 a loss that is not "
    "a finite number; "
    "130 interrupted, and the state was saved.\n"
    "Plugins are looked for in --plugins folders, LLMASOS_PLUGIN_PATH and ../lib/llmasos/plugins "
    "beside the program.";

int run(const std::vector<std::string>& words) {
  lmos::ProgramSpec program{
      "llmasos",
      LLMASOS_VERSION,
      "An operating system for language models: train, evaluate and run them from YAML.",
      {},
      kClosing};
  const std::vector<lmos::Command> commands = lmos::all_commands();
  for (const lmos::Command& command : commands) {
    program.commands.push_back(command.spec);
    lmos::add_trust_options(program.commands.back());
    program.commands.back().options.push_back(lmos::plugins_option());
  }
  const lmos::Arguments arguments = lmos::parse_arguments(program, words);
  if (!arguments.answer().empty()) {
    std::fputs(arguments.answer().c_str(), stdout);
    return 0;
  }
  for (const lmos::Command& command : commands) {
    if (command.spec.name != arguments.command()) continue;
    lmos::Session session(arguments);
    const int code = command.run(arguments, session);
    lmos::registry::end_plugins();
    return code;
  }
  return 0;
}

int report(const char* message, int code) {
  std::fprintf(stderr, "llmasos: %s\n", message);
  return code;
}

}  // namespace

int main(int count, char** words) {
  // A write beyond a limit on files fails with a message, as one on a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run({words + 1, words + count});
  } catch (const lmos::Error& error) {
    return report(error.what(), error.exit_code());
  } catch (const std::bad_alloc&) {
    return report("out of memory", static_cast<int>(lmos::ErrorKind::kResource));
  } catch (const std::exception& error) {
    return report(error.what(), static_cast<int>(lmos::ErrorKind::kInternal));
  }
}
