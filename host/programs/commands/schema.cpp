#include <cstdio>

#include "pipeline/json_schema.h"
#include "pipeline/json_writer.h"
#include "pipeline/reference.h"
#include "programs/commands/command.h"

namespace lmos {
namespace {

int print_schema(const Arguments& arguments, Session& session) {
  const PluginSchemas schemas = session.catalogue().schemas();
  const std::string text = arguments.flag("markdown") ? render_reference(schemas)
                                                      : write_json(pipeline_json_schema(schemas));
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

Command schema_command() {
  return {{.name = "schema",
           .summary =
               "Print the JSON Schema of pipeline files, with the sections of the plugins found.",
           .detail = {},
           .positionals = {},
           .options = {{.name = "markdown",
                        .value = {},
                        .doc = "Print the reference for people instead."}}},
          print_schema};
}

}  // namespace lmos
