#include <cstdio>
#include <filesystem>

#include "formats/json_text.h"
#include "pipeline/json_tree.h"
#include "pipeline/override.h"
#include "programs/commands/command.h"
#include "programs/server.h"

namespace lmos {
namespace {

constexpr const char* kAnswer = "the answer";

// A folder of this machine means the same to a daemon that runs in another folder.
std::string whole_path(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? std::filesystem::absolute(path).string() : path;
}

void print_models(const Json::Array& models) {
  std::printf("%-28s %-14s %s\n", "name", "state", "context");
  for (const Json& model : models) {
    const Json& context = model.at("max_model_len", kAnswer);
    std::printf("%-28s %-14s %s\n", model.at("id", kAnswer).as_string(kAnswer).c_str(),
                model.at("state", kAnswer).as_string(kAnswer).c_str(),
                context.is_null() ? "-" : compact_json(context).c_str());
  }
}

int list_models(const Arguments& arguments, Session&) {
  Session::catch_signals();
  client::Client server(server_of(arguments));
  const Json answer = server.get("/v1/models");
  if (arguments.flag("json"))
    std::printf("%s\n", compact_json(answer).c_str());
  else
    print_models(answer.at("data", kAnswer).as_array(kAnswer));
  return 0;
}

int load_model(const Arguments& arguments, Session&) {
  Session::catch_signals();
  ConfigTree model = ConfigTree::section({});
  const auto set = [&](const char* key, const std::string& value) {
    model = model.with(key, ConfigTree::string(value, Place::in("command line")));
  };
  set("name", arguments.text("NAME").value());
  set("path", whole_path(arguments.text("DIR").value()));
  if (const auto adapter = arguments.text("adapter")) set("adapter", whole_path(*adapter));
  for (const std::string& assignment : arguments.texts("set"))
    model = apply_override(model, assignment);
  client::Client server(server_of(arguments));
  const Json answer = server.post("/v1/models/load", json_from_config_tree(model));
  if (arguments.flag("json"))
    std::printf("%s\n", compact_json(answer).c_str());
  else
    print_models({answer});
  return 0;
}

int unload_model(const Arguments& arguments, Session&) {
  Session::catch_signals();
  Json body = Json::Object();
  body.set("name", arguments.text("NAME").value());
  client::Client server(server_of(arguments));
  const Json answer = server.post("/v1/models/unload", std::move(body));
  if (arguments.flag("json")) std::printf("%s\n", compact_json(answer).c_str());
  return 0;
}

}  // namespace

Command models_command() {
  return {{.name = "models",
           .summary = "List the models that llmasosd serves.",
           .detail = {},
           .positionals = {},
           .options = {json_option(), url_option()}},
          list_models};
}

Command load_command() {
  return {{.name = "load",
           .summary = "Let llmasosd serve a model, or another checkpoint under its name.",
           .detail = "Ends once the model takes requests. No request is lost: those of the "
                     "checkpoint before finish there. If the new one can't be served, that before "
                     "goes on. --set gives any key that a model has in the daemon's file, such as "
                     "backend.compute=bfloat16.",
           .positionals = {{.name = "NAME", .doc = "What requests call it."},
                           {.name = "DIR", .doc = "A folder inside the daemon's `folders`."}},
           .options = {{.name = "adapter",
                        .value = "DIR",
                        .doc = "A LoRA adapter to lay over the model."},
                       set_option(),
                       json_option(),
                       url_option()}},
          load_model};
}

Command unload_command() {
  return {{.name = "unload",
           .summary = "Let llmasosd serve a model no longer; its requests finish.",
           .detail = {},
           .positionals = {{.name = "NAME", .doc = "As `models` shows it."}},
           .options = {json_option(), url_option()}},
          unload_model};
}

}  // namespace lmos
