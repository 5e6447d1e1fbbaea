// llmasos-plugin-check: runs a plugin as the host would, each check in a process of its own, and
// prints a row for each.
#include <cstdio>
#include <exception>

#include "check.h"
#include "errors/error.h"
#include "isolated.h"
#include "plugin_under_check.h"
#include "programs/arguments.h"
#include "registry/plugin_folders.h"
#include "registry/probe.h"

namespace lmos::check {
namespace {

constexpr const char* kSections[] = {"backend", "dataset", "model", "tokenizer"};

ProgramSpec program() {
  CommandSpec command;
  command.summary = "Checks that a plugin keeps the rules of its interfaces.";
  command.positionals = {{.name = "LIBRARY", .doc = "The plugin's shared library."}};
  for (const char* section : kSections)
    command.options.push_back({.name = section,
                               .value = "YAML",
                               .doc = std::string("The `") + section + "` section to give it."});
  command.options.push_back({.name = "tokenizer-file",
                             .value = "FILE",
                             .doc = "A tokenizer to open, instead of learning one."});
  command.options.push_back(
      {.name = "limit", .value = "SECONDS", .doc = "For each check.", .default_text = "60"});
  return {"llmasos-plugin-check",
          LLMASOS_VERSION,
          command.summary,
          {command},
          "Exit codes: 0 all promises hold; 5 one does not; 2 the command line."};
}

// Prints rows and counts what failed.
class Report {
 public:
  void add(const std::string& what, const Outcome& outcome) {
    const char* word = outcome.result == Result::kPassed    ? "ok"
                       : outcome.result == Result::kSkipped ? "skipped"
                                                            : "FAILED";
    std::printf("%-8s %s\n", word, what.c_str());
    if (!outcome.message.empty()) std::printf("         %s\n", outcome.message.c_str());
    ++counts_[static_cast<size_t>(outcome.result)];
  }
  int finish() const {
    std::printf("%d ok, %d skipped, %d failed\n", counts_[0], counts_[1], counts_[2]);
    return counts_[2] == 0 ? 0 : static_cast<int>(ErrorKind::kPlugin);
  }

 private:
  int counts_[3] = {};
};

// False if a promise does not hold.
bool run_checks(std::span<const Check> checks, const std::string& subject,
                const registry::PluginRecord& record, const Given& given,
                std::chrono::seconds limit, Report& report) {
  bool hold = true;
  for (const Check& check : checks) {
    const auto body = [&] {
      PluginUnderCheck plugin(record, given);
      check.run(plugin);
    };
    const Outcome outcome = run_isolated(body, limit);
    report.add(subject + ": " + std::string(check.promise), outcome);
    hold &= outcome.result != Result::kFailed;
  }
  return hold;
}

int run(const Arguments& arguments) {
  Given given;
  for (const char* section : kSections)
    if (const auto yaml = arguments.text(section)) given.sections[section] = *yaml;
  given.tokenizer_file = arguments.text_or("tokenizer-file", "");
  const std::chrono::seconds limit(arguments.integer("limit", 1).value_or(60));

  Report report;
  const auto library = std::filesystem::absolute(*arguments.text("LIBRARY"));
  const registry::PluginRecord record =
      registry::probe_libraries({library}, registry::program_folder() / "llmasos-plugin-probe",
                                limit)[0]
          .record;
  const bool refused = record.state == registry::PluginState::kRefused;
  report.add("library: loads and answers",
             {refused ? Result::kFailed : Result::kPassed, record.reason});
  if (refused) return report.finish();
  // What its interfaces do would only repeat what is wrong with the library.
  if (!run_checks(library_checks(), "library", record, given, limit, report))
    return report.finish();
  for (const std::string& id : record.interfaces) {
    const auto checks = interface_checks(id);
    if (checks.empty())
      report.add(id, {Result::kSkipped, "this program has no checks for the interface"});
    run_checks(checks, id, record, given, limit, report);
  }
  return report.finish();
}

}  // namespace
}  // namespace lmos::check

int main(int count, char** words) {
  try {
    const auto arguments =
        lmos::parse_arguments(lmos::check::program(), {words + 1, words + count});
    if (!arguments.answer().empty()) {
      std::fputs(arguments.answer().c_str(), stdout);
      return 0;
    }
    return lmos::check::run(arguments);
  } catch (const lmos::Error& error) {
    std::fprintf(stderr, "llmasos-plugin-check: %s\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "llmasos-plugin-check: %s\n", error.what());
    return static_cast<int>(lmos::ErrorKind::kInternal);
  }
}
