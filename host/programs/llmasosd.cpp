// The daemon of LLMasOS.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "errors/error.h"
#include "programs/arguments.h"
#include "serve/api_keys.h"
#include "serve/config.h"
#include "serve/daemon.h"
#include "serve/worker_process.h"

namespace lmos {
namespace {

OptionSpec config_option() {
  return {.name = "config", .value = "FILE", .doc = "What to serve, and how.", .required = true};
}

OptionSpec set_option() {
  return {.name = "set",
          .value = "KEY=VALUE",
          .doc = "Override a key of the file, e.g. listen.port=9000; may be given again.",
          .repeated = true};
}

ProgramSpec program() {
  return {"llmasosd",
          LLMASOS_VERSION,
          "Serves language models over HTTP, each in a process of its own.",
          {{.name = "serve",
            .summary = "Serve the models of a configuration until SIGTERM.",
            .detail = "",
            .positionals = {},
            .options = {config_option(), set_option()}},
           {.name = "keys",
            .summary = "Add, list and revoke API keys.",
            .detail = "A new key is printed once and kept as a salted hash only. A running daemon "
                      "notices changes within a second.",
            .positionals = {{.name = "ACTION", .doc = "add, list or revoke."},
                            {.name = "ID", .doc = "Of the key to revoke.", .required = false}},
            .options = {config_option(),
                        set_option(),
                        {.name = "name", .value = "TEXT", .doc = "What a new key is for."},
                        {.name = "admin",
                         .value = {},
                         .doc = "A new key may see all jobs, and load and unload models."},
                        {.name = "tokens-per-minute",
                         .value = "N",
                         .doc = "Of a new key; prompts and continuations.",
                         .default_text = "no limit"},
                        {.name = "requests-per-minute",
                         .value = "N",
                         .doc = "Of a new key.",
                         .default_text = "no limit"},
                        {.name = "tokens-per-day",
                         .value = "N",
                         .doc = "Of a new key; the day begins at midnight UTC.",
                         .default_text = "no limit"}}}},
          "`llmasosd --config FILE` is short for `llmasosd serve --config FILE`.\n"
          "Exit codes: 0 ended as told; 1 a defect; 2 the command line; 3 the configuration; 6 "
          "memory, disk or network."};
}

serve::Config config_of(const Arguments& arguments) {
  return serve::load_config(arguments.text("config").value(), arguments.texts("set"));
}

int serve_models(const Arguments& arguments) {
  const serve::Config config = config_of(arguments);
  serve::run_daemon(config, serve::worker_programs());
  return 0;
}

void list_keys(const serve::KeyStore& store) {
  for (const serve::ApiKey& key : store.load()) {
    char created[32];
    const auto time = static_cast<std::time_t>(key.created);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &parts);
    std::printf("%s  %s  %s", key.id.c_str(), created, key.name.c_str());
    if (key.rights == serve::KeyRights::kAdmin) std::printf("  admin");
    if (key.tokens_per_minute > 0)
      std::printf("  %" PRId64 " tokens a minute", key.tokens_per_minute);
    if (key.requests_per_minute > 0)
      std::printf("  %" PRId64 " requests a minute", key.requests_per_minute);
    if (key.tokens_per_day > 0) {
      const serve::KeyUse use = store.use(key.id);
      std::printf("  %" PRId64 " tokens a day, %" PRId64 " of them used", key.tokens_per_day,
                  use.day == serve::day_now() ? use.tokens : 0);
    }
    std::printf("\n");
  }
}

int change_keys(const Arguments& arguments) {
  serve::Database database(config_of(arguments).state_folder);
  serve::KeyStore store(database);
  const std::string action = arguments.text("ACTION").value();
  const auto id = arguments.text("ID");
  if (action == "list" && !id) {
    list_keys(store);
  } else if (action == "add" && !id) {
    serve::ApiKey key;
    key.name = arguments.text_or("name", "");
    if (arguments.flag("admin")) key.rights = serve::KeyRights::kAdmin;
    key.tokens_per_minute = arguments.integer("tokens-per-minute", 0).value_or(0);
    key.requests_per_minute = arguments.integer("requests-per-minute", 0).value_or(0);
    key.tokens_per_day = arguments.integer("tokens-per-day", 0).value_or(0);
    std::printf("%s\n", store.add(std::move(key)).c_str());
  } else if (action == "revoke" && id) {
    if (!store.revoke(*id))
      throw Error(ErrorKind::kUsage,
                  "there is no key " + *id + "; `llmasosd keys list` shows them");
  } else {
    throw Error(ErrorKind::kUsage, "keys takes one of: add, list, revoke ID");
  }
  return 0;
}

int run(std::vector<std::string> words) {
  // The daemon's own command needs no name.
  if (!words.empty() && words.front().starts_with("--") && words.front() != "--help" &&
      words.front() != "--version")
    words.insert(words.begin(), "serve");
  const Arguments arguments = parse_arguments(program(), words);
  if (!arguments.answer().empty()) {
    std::fputs(arguments.answer().c_str(), stdout);
    return 0;
  }
  return arguments.command() == "keys" ? change_keys(arguments) : serve_models(arguments);
}

int report(const char* message, int code) {
  std::fprintf(stderr, "llmasosd: %s\n", message);
  return code;
}

}  // namespace
}  // namespace lmos

int main(int count, char** words) {
  // Standard output is for answers of commands; standard error is the log.
  spdlog::set_default_logger(spdlog::stderr_logger_st("llmasosd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  try {
    return lmos::run({words + 1, words + count});
  } catch (const lmos::Error& error) {
    return lmos::report(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return lmos::report(error.what(), static_cast<int>(lmos::ErrorKind::kInternal));
  }
}
