#include "programs/arguments.h"

#include <gtest/gtest.h>

#include "errors/error.h"

namespace lmos {
namespace {

ProgramSpec program() {
  return {
      .name = "llmasos",
      .version = "1.2.3",
      .summary = "Trains language models.",
      .commands =
          {{.name = "train",
            .summary = "Train the pipeline in FILE.",
            .positionals = {{.name = "FILE", .doc = "the pipeline"}},
            .options =
                {{.name = "set", .value = "KEY=VALUE", .doc = "Replace a value.", .repeated = true},
                 {.name = "json", .doc = "Write JSON."},
                 {.name = "threads", .value = "N", .doc = "Threads.", .default_text = "all"},
                 {.name = "compute",
                  .value = "TYPE",
                  .doc = "Type of products.",
                  .choices = {"float32", "bfloat16"}}}},
           {.name = "verify",
            .summary = "Compare with expected values.",
            .positionals =
                {{.name = "FILES", .doc = "what to check", .required = false, .repeated = true}},
            .options = {{.name = "model", .value = "DIR", .doc = "The model.", .required = true},
                        {.name = "tolerance", .value = "X", .doc = "Largest error."}}}},
      .closing = "Exit codes: 0 success, 2 usage."};
}

Arguments parse(const std::vector<std::string>& words) { return parse_arguments(program(), words); }

std::string error_of(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "accepted";
}

TEST(Arguments, TakeValuesInBothSpellings) {
  const Arguments arguments =
      parse({"train", "--set", "a=1", "p.yaml", "--set=b=2", "--threads=4", "--json"});
  EXPECT_EQ(arguments.command(), "train");
  EXPECT_EQ(arguments.text("FILE"), "p.yaml");
  EXPECT_EQ(arguments.texts("set"), (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(arguments.integer("threads", 1), 4);
  EXPECT_TRUE(arguments.flag("json"));
  EXPECT_EQ(arguments.text("compute"), std::nullopt);
  EXPECT_EQ(arguments.text_or("compute", "float32"), "float32");
  EXPECT_EQ(arguments.answer(), "");
}

TEST(Arguments, AfterTwoDashesEverythingIsPositional) {
  const Arguments arguments = parse({"verify", "--model", "m", "--", "--json", "-", "--"});
  EXPECT_EQ(arguments.texts("FILES"), (std::vector<std::string>{"--json", "-", "--"}));
}

TEST(Arguments, TakeEmptyAndNegativeValues) {
  EXPECT_EQ(parse({"train", "f", "--threads", "-3"}).integer("threads"), -3);
  EXPECT_EQ(parse({"train", "f", "--set="}).text("set"), "");
  EXPECT_EQ(parse({"verify", "--model", "m", "--tolerance", "1e-4"}).number("tolerance"), 1e-4);
}

TEST(Arguments, SuggestTheNearestNameForAnUnknownOne) {
  EXPECT_EQ(error_of({"trian"}),
            "unknown command 'trian'; did you mean 'train'? (commands: train, verify; see llmasos "
            "--help)");
  EXPECT_EQ(error_of({}), "which command? (commands: train, verify; see llmasos --help)");
  EXPECT_EQ(error_of({"train", "--thread=3", "f"}),
            "unknown option '--thread'; did you mean '--threads'? (see llmasos train --help)");
  EXPECT_EQ(error_of({"train", "-j"}),
            "unknown option '-j'; options begin with two dashes (see llmasos train --help)");
  EXPECT_EQ(
      error_of({"train", "f", "--compute", "bfloat"}),
      "--compute: 'bfloat' is none of the choices; did you mean 'bfloat16'? (choices: float32, "
      "bfloat16)");
}

TEST(Arguments, SayWhatIsMissingOrTooMuch) {
  EXPECT_EQ(error_of({"train"}), "missing argument FILE: the pipeline (see llmasos train --help)");
  EXPECT_EQ(error_of({"verify"}),
            "missing option --model DIR: The model. (see llmasos verify --help)");
  EXPECT_EQ(error_of({"train", "a", "b"}), "unexpected argument 'b' (see llmasos train --help)");
  EXPECT_EQ(error_of({"train", "f", "--threads"}),
            "--threads needs a value: --threads N (or --threads=N)");
  EXPECT_EQ(error_of({"train", "f", "--threads", "--json"}),
            "--threads needs a value: --threads N (or --threads=N)");
  EXPECT_EQ(error_of({"train", "f", "--json=yes"}), "--json takes no value");
  EXPECT_EQ(error_of({"train", "f", "--threads", "1", "--threads", "2"}),
            "--threads is given twice");
}

TEST(Arguments, CheckNumbers) {
  const auto error = [](const std::string& value, auto read) -> std::string {
    try {
      read(parse({"train", "f", "--threads", value}));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "accepted";
  };
  const auto integer = [](const Arguments& arguments) { arguments.integer("threads", 1); };
  const auto number = [](const Arguments& arguments) { arguments.number("threads", 0.5); };
  EXPECT_EQ(error("4x", integer), "--threads: expected an integer, found '4x'");
  EXPECT_EQ(error("99999999999999999999", integer),
            "--threads: expected an integer, found '99999999999999999999'");
  EXPECT_EQ(error("0", integer), "--threads: 0 is out of range (at least 1)");
  EXPECT_EQ(error("nan", number), "--threads: expected a number, found 'nan'");
  EXPECT_EQ(error("", number), "--threads: expected a number, found ''");
  EXPECT_EQ(error("0.25", number), "--threads: 0.25 is out of range (at least 0.5)");
}

TEST(Arguments, AskedForAnUndeclaredNameAreAProgrammersError) {
  try {
    parse({"train", "f"}).flag("josn");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInternal);
  }
}

TEST(Arguments, OfAProgramWithoutCommands) {
  const ProgramSpec single = {
      .name = "check",
      .version = "1",
      .commands = {{.summary = "Checks a plugin.",
                    .positionals = {{.name = "LIBRARY", .doc = "the plugin"}}}}};
  EXPECT_EQ(parse_arguments(single, {"p.so"}).text("LIBRARY"), "p.so");
  EXPECT_EQ(
      parse_arguments(single, {"--help"}).answer(),
      "Usage: check LIBRARY [options]\n\nChecks a plugin.\n\nArguments:\n  LIBRARY  the plugin\n\n"
      "Options:\n  --help  Show this help.\n");
}

TEST(Help, OfACommandFollowsFromItsTable) {
  const std::string expected =
      "Usage: llmasos train FILE [options]\n"
      "\n"
      "Train the pipeline in FILE.\n"
      "\n"
      "Arguments:\n"
      "  FILE  the pipeline\n"
      "\n"
      "Options:\n"
      "  --set KEY=VALUE  Replace a value. [may be repeated]\n"
      "  --json           Write JSON.\n"
      "  --threads N      Threads. [default: all]\n"
      "  --compute TYPE   Type of products. (float32, bfloat16)\n"
      "  --help           Show this help.\n";
  EXPECT_EQ(parse({"train", "--help"}).answer(), expected);
  EXPECT_EQ(parse({"train", "--json", "-h", "--nonsense"}).answer(), expected);
  EXPECT_EQ(parse({"help", "train"}).answer(), expected);
}

TEST(Help, OfTheProgramListsCommandsAndExitCodes) {
  const std::string help = parse({"--help"}).answer();
  EXPECT_EQ(help,
            "Usage: llmasos COMMAND [arguments]\n"
            "\n"
            "Trains language models.\n"
            "\n"
            "Commands:\n"
            "  train   Train the pipeline in FILE.\n"
            "  verify  Compare with expected values.\n"
            "\n"
            "llmasos COMMAND --help explains a command; llmasos --version prints the version.\n"
            "\n"
            "Exit codes: 0 success, 2 usage.\n");
  EXPECT_EQ(parse({"help"}).answer(), help);
  EXPECT_EQ(parse({"--version"}).answer(), "llmasos 1.2.3\n");
}

TEST(Help, WrapsLongExplanationsUnderTheirColumn) {
  ProgramSpec wide = program();
  std::string doc;
  for (int i = 0; i < 40; ++i) doc += "word ";
  wide.commands[0].options[1].doc = doc;
  wide.commands[0].detail = doc + "\n" + doc;
  const std::string help = parse_arguments(wide, {"train", "--help"}).answer();
  for (size_t start = 0; start < help.size();) {
    const size_t end = help.find('\n', start);
    EXPECT_LE(end - start, 90u);
    start = end + 1;
  }
  EXPECT_NE(help.find("\n                   word word"), std::string::npos);
}

}  // namespace
}  // namespace lmos
