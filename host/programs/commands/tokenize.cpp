#include <cstdio>
#include <iostream>
#include <string>

#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/commands/command.h"

namespace lmos {
namespace {

int tokenize(const Arguments& arguments, Session& session) {
  const std::string path = arguments.text("tokenizer").value();
  const auto tokenizer = session.catalogue().open_tokenizer(arguments.text_or("plugin", ""), path);
  const bool special = arguments.flag("special");
  std::ios::sync_with_stdio(false);
  std::string line;
  for (int64_t number = 1; std::getline(std::cin, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = "standard input, line " + std::to_string(number);
    const Json request = parse_json(line, where);
    const std::vector<int32_t> ids =
        tokenizer->encode(request.at("text", where).as_string(where + ": \"text\""), special);
    Json answer = Json::Object();
    answer.set("ids", Json::Array(ids.begin(), ids.end()));
    std::cout << compact_json(answer) << '\n';
  }
  std::cout.flush();
  if (!std::cout) throw Error(ErrorKind::kResource, "standard output can't be written");
  return 0;
}

}  // namespace

Command tokenize_command() {
  return {
      {.name = "tokenize",
       .summary = "Read JSON lines {\"text\": …} from standard input, write {\"ids\": […]} lines.",
       .detail = {},
       .positionals = {},
       .options = {{.name = "tokenizer",
                    .value = "PATH",
                    .doc = "A tokenizer.json, or a folder that holds one.",
                    .required = true},
                   {.name = "plugin",
                    .value = "NAME",
                    .doc = "Tokenizer plugin.",
                    .default_text = "the one that reads the file"},
                   {.name = "special",
                    .value = {},
                    .doc = "Add special tokens, such as the begin of text."}}},
      tokenize};
}

}  // namespace lmos
