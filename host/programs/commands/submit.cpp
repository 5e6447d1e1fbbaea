#include <algorithm>
#include <cstdio>

#include "errors/error.h"
#include "formats/json_text.h"
#include "pipeline/json_tree.h"
#include "pipeline/yaml_reader.h"
#include "programs/commands/command.h"
#include "programs/commands/job_table.h"
#include "programs/server.h"

namespace lmos {
namespace {

// "train.steps=100" as a member of {"train.steps": 100}.
JsonMember setting_of(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw Error(ErrorKind::kUsage, "--set " + assignment + " is no KEY=VALUE");
  const ConfigTree value = parse_yaml(assignment.substr(equals + 1), Place::in("--set"));
  return {assignment.substr(0, equals), json_from_config_tree(value)};
}

Json request_of(const Arguments& arguments) {
  const auto file = arguments.text("FILE");
  const auto name = arguments.text("name");
  if (file.has_value() == name.has_value())
    throw Error(ErrorKind::kUsage,
                "give either a pipeline FILE or the --name of one that the "
                "server declares");
  Json body = Json::Object();
  body.set(file ? "pipeline" : "name", file ? read_yaml_text(*file) : *name);
  Json set = Json::Object();
  for (const std::string& assignment : arguments.texts("set")) {
    JsonMember member = setting_of(assignment);
    set.set(member.key, std::move(member.value));
  }
  body.set("set", std::move(set));
  return body;
}

// The server calls the text "pipeline"; the user knows it by its file.
std::string with_file_name(const std::string& message, const std::string& file) {
  std::string text;
  size_t begin = 0;
  while (begin < message.size()) {
    const size_t end = std::min(message.find('\n', begin), message.size());
    std::string_view line = std::string_view(message).substr(begin, end - begin);
    constexpr std::string_view kSource = "pipeline:";
    if (!text.empty()) text += "\n";
    if (line.starts_with(kSource)) {
      text += file + ":";
      line.remove_prefix(kSource.size());
    }
    text += line;
    begin = end + 1;
  }
  return text;
}

Json submit_to(client::Client& server, const Arguments& arguments) {
  const Json request = request_of(arguments);
  try {
    return server.post("/v1/jobs", request);
  } catch (const Error& error) {
    const auto file = arguments.text("FILE");
    if (!file) throw;
    throw Error(error.kind(), with_file_name(error.what(), *file));
  }
}

int submit(const Arguments& arguments, Session&) {
  Session::catch_signals();
  client::Client server(server_of(arguments));
  Json job = submit_to(server, arguments);
  const std::string id = job.at("id", "the answer").as_string("\"id\"");
  if (arguments.flag("json"))
    std::printf("%s\n", compact_json(job).c_str());
  else
    std::printf("%s\n", id.c_str());
  std::fflush(stdout);
  if (!arguments.flag("follow")) return 0;
  try {
    follow_job(server, id, "logs");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "the job goes on; `llmasos logs " + id +
                                  " --follow` follows it again, `llmasos cancel " + id +
                                  "` ends it");
  }
  job = server.get("/v1/jobs/" + id);
  return exit_code_of(job);
}

}  // namespace

Command submit_command() {
  return {{.name = "submit",
           .summary = "Give llmasosd a pipeline to run as a job; prints the job's id.",
           .detail = "With --follow, what the job prints follows, and the exit code is 0 once it "
                     "has succeeded, 1 if it failed, 130 if it was cancelled or interrupted; "
                     "Ctrl-C ends the following, not the job.",
           .positionals = {{.name = "FILE", .doc = "The pipeline.", .required = false}},
           .options = {{.name = "name",
                        .value = "NAME",
                        .doc = "A pipeline that the server declares, in place of FILE."},
                       set_option(),
                       {.name = "follow", .value = {}, .doc = "Print what the job prints."},
                       json_option(),
                       url_option()}},
          submit};
}

}  // namespace lmos
