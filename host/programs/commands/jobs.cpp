#include <cstdio>

#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/commands/command.h"
#include "programs/commands/job_table.h"
#include "programs/server.h"

namespace lmos {
namespace {

PositionalSpec id_positional() { return {.name = "ID", .doc = "Of the job, as `jobs` shows it."}; }

// An id in a path.
std::string job_path(const Arguments& arguments) {
  const std::string id = arguments.text("ID").value();
  const bool plain =
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
      std::string::npos;
  if (!plain || id.empty())
    throw Error(ErrorKind::kUsage, "'" + id + "' is no job's id; `llmasos jobs` shows them");
  return "/v1/jobs/" + id;
}

void print_compact(const Json& json) { std::printf("%s\n", compact_json(json).c_str()); }

int list_jobs(const Arguments& arguments, Session&) {
  Session::catch_signals();
  client::Client server(server_of(arguments));
  if (arguments.text("ID")) {
    const Json job = server.get(job_path(arguments));
    if (arguments.flag("json")) {
      print_compact(job);
      return 0;
    }
    std::fputs(job_table(Json::Array{job}).c_str(), stdout);
    const Json& error = job.at("error", "the answer");
    if (error.is_string()) std::printf("%s\n", error.as_string("\"error\"").c_str());
    return 0;
  }
  const int64_t limit = arguments.integer("limit", 1).value_or(20);
  const Json answer = server.get("/v1/jobs?limit=" + std::to_string(limit));
  if (arguments.flag("json"))
    print_compact(answer);
  else
    std::fputs(job_table(answer.at("data", "the answer")).c_str(), stdout);
  return 0;
}

int show_logs(const Arguments& arguments, Session&) {
  Session::catch_signals();
  client::Client server(server_of(arguments));
  const std::string path = job_path(arguments);
  const std::string what = arguments.flag("metrics") ? "metrics" : "logs";
  if (arguments.flag("follow")) {
    follow_job(server, arguments.text("ID").value(), what);
    return 0;
  }
  const Json answer = server.get(path + "/" + what);
  for (const Json& line : answer.at("data", "the answer").as_array("\"data\"")) {
    const std::string text = line.is_string() ? line.as_string("a line") : compact_json(line);
    std::printf("%s\n", text.c_str());
  }
  return 0;
}

int change_job(const Arguments& arguments, const char* action) {
  Session::catch_signals();
  client::Client server(server_of(arguments));
  const Json job = server.post(job_path(arguments) + "/" + action, Json::Object());
  if (arguments.flag("json"))
    print_compact(job);
  else
    std::fputs(job_table(Json::Array{job}).c_str(), stdout);
  return 0;
}

int cancel_job(const Arguments& arguments, Session&) { return change_job(arguments, "cancel"); }
int resume_job(const Arguments& arguments, Session&) { return change_job(arguments, "resume"); }

}  // namespace

Command jobs_command() {
  return {
      {.name = "jobs",
       .summary = "The jobs of llmasosd, the newest first, or one of them.",
       .detail = {},
       .positionals = {{.name = "ID", .doc = "Of one job.", .required = false}},
       .options =
           {{.name = "limit", .value = "N", .doc = "How many, at most 100.", .default_text = "20"},
            json_option(),
            url_option()}},
      list_jobs};
}

Command logs_command() {
  return {{.name = "logs",
           .summary = "What a job has printed.",
           .detail = {},
           .positionals = {id_positional()},
           .options = {{.name = "follow",
                        .value = {},
                        .doc = "Go on as it prints, until the job ends.",
                        .letter = 'f'},
                       {.name = "metrics",
                        .value = {},
                        .doc = "Loss, speed and more of each step in place of lines, as JSON."},
                       url_option()}},
          show_logs};
}

Command cancel_command() {
  return {{.name = "cancel",
           .summary = "End a job of llmasosd; what it has saved stays.",
           .detail = {},
           .positionals = {id_positional()},
           .options = {json_option(), url_option()}},
          cancel_job};
}

Command resume_command() {
  return {{.name = "resume",
           .summary = "Let a job that has failed or was cancelled go on from its last checkpoint.",
           .detail = {},
           .positionals = {id_positional()},
           .options = {json_option(), url_option()}},
          resume_job};
}

}  // namespace lmos
