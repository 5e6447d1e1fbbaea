// What `llmasos evaluate` promises. The figures are those of transformers
// (tests/peers/compare_evaluation.py) on the same model and texts.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstdlib>

#include "end_to_end/program.h"
#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Evaluation : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("LLMASOS_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
    model_ = std::string(data) + "/models/stories260K";
    if (!std::filesystem::exists(model_)) GTEST_SKIP() << model_ << " is missing";
  }

  Json evaluate(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"evaluate", "--model", model_, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? parse_json(outcome.out, "answer") : Json(Json::Object());
  }
  std::string write(const std::string& name, const std::string& text) {
    write_text(folder_ / name, text);
    return (folder_ / name).string();
  }
  static double number(const Json& json, const char* key) {
    return json.at(key, "").as_double(key);
  }

  TemporaryFolder folder_;
  std::string model_;
};

constexpr const char* kStory =
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. "
    "One day, she saw a big, red ball. She wanted to play with it, but it was too high.";

TEST_F(Evaluation, ScoresEveryTokenOfADocumentWhateverTheWindows) {
  const std::string story = write("story.txt", kStory);
  const Json whole = evaluate({"--text", story});
  const Json windows = evaluate({"--text", story, "--context", "16", "--stride", "4"});
  EXPECT_NEAR(number(whole, "loss"), 0.385739, 1e-4);
  EXPECT_NEAR(number(windows, "loss"), 0.461772, 1e-4);
  EXPECT_EQ(whole.at("tokens", ""), windows.at("tokens", ""));
  EXPECT_NEAR(number(whole, "perplexity"), std::exp(number(whole, "loss")), 1e-9);
  EXPECT_GT(number(windows, "loss_stderr"), 0);
}

TEST_F(Evaluation, KeepsDocumentsApart) {
  const std::string once = write("once.jsonl", "{\"text\": \"Lily was happy.\"}\n");
  const std::string twice =
      write("twice.jsonl", "{\"text\": \"Lily was happy.\"}\n{\"text\": \"Lily was happy.\"}\n");
  const Json one = evaluate({"--text", once}), two = evaluate({"--text", twice});
  EXPECT_NEAR(number(one, "loss"), number(two, "loss"), 1e-6);
  EXPECT_EQ(two.at("documents", "").as_int64(""), 2);
}

TEST_F(Evaluation, ChoosesByLikelihood) {
  const std::string tasks = write(
      "tasks.jsonl",
      "{\"context\": \"Once upon a\", \"choices\": [\"time\", \"refrigerator\"], \"label\": 0}\n"
      "{\"question\": \"Lily and her mom went to the\", \"choices\": [\"zebra\", \"park\"], "
      "\"answer\": \"park\"}\n"
      "{\"context\": \"She was very\", \"choices\": [\"happy\", \"quartz\", \"x\"], \"label\": "
      "2}\n");
  const Json result = evaluate({"--tasks", tasks, "--unconditional"});
  EXPECT_NEAR(number(result, "acc"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(number(result, "acc_stderr"), 1.0 / 3, 1e-12);
  EXPECT_EQ(result.at("questions", "").as_int64(""), 3);
  EXPECT_NE(result.find("acc_norm"), nullptr);
  EXPECT_NE(result.find("acc_mutual_info"), nullptr);
}

// By bytes the second choice would win: it has five of them, and both have three characters.
TEST_F(Evaluation, NormalisesChoicesByCharacters) {
  const std::string tasks =
      write("tasks.jsonl",
            "{\"context\": \"Once upon a\", \"choices\": [\"kxq\", \"été\"], \"label\": 0}\n"
            "{\"context\": \"Lily saw a\", \"choices\": [\"kxq\", \"été\"], \"label\": 0}\n");
  EXPECT_EQ(number(evaluate({"--tasks", tasks}), "acc_norm"), 1);
}

TEST_F(Evaluation, MatchesAnswersGreedily) {
  const std::string tasks = write(
      "tasks.jsonl",
      "{\"context\": \"Once upon a time, there was a little girl\", \"answer\": \"named\"}\n"
      "{\"context\": \"Once upon a time, there was a little girl\", \"answer\": \"quartz\"}\n");
  const Json result = evaluate({"--tasks", tasks});
  EXPECT_NEAR(number(result, "acc"), 0.5, 1e-12);
  EXPECT_GT(number(result, "perplexity"), 1);
}

TEST_F(Evaluation, NamesTheLineThatIsNoQuestion) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"context\": \"a\", \"choices\": [\"b\"], \"label\": 0}",
       ":1: `choices` must hold at least two"},
      {"{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"label\": 2}",
       ":1: the label 2 is none"},
      {"{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": \"d\"}",
       "is none of the choices"},
      {"{\"context\": \"a\"}", "\"answer\" is missing"},
      {"{\"choices\": []}", "there is no `context`"},
      {"", "holds no question"},
      {"{", "tasks.jsonl:1"}};
  for (const auto& [line, message] : cases) {
    const Outcome outcome = llmasos(
        {"evaluate", "--model", model_, "--tasks", write("tasks.jsonl", std::string(line) + "\n")});
    EXPECT_NE(outcome.code, 0) << line;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  }
}

TEST_F(Evaluation, JudgesWhatTheModelWrites) {
  const std::string prompts =
      write("prompts.jsonl",
            "{\"prompt\": \"Once upon a time, there was a\", \"references\": [\"little girl named "
            "Lily.\"]}\n"
            "{\"prompt\": \"Lily and her mom\", \"references\": [\"went to the park.\", \"were "
            "happy.\"]}\n");
  const std::string answers = (folder_ / "answers.jsonl").string();
  const Json result =
      evaluate({"--generate", prompts, "--max-tokens", "12", "--stop", ".", "--answers", answers});
  EXPECT_EQ(result.at("texts", "").as_int64(""), 2);
  EXPECT_EQ(number(result, "exact_match"), 0.5);
  const Outcome alone =
      llmasos({"generate", "--model", model_, "--prompt", "Lily and her mom", "--max-tokens", "12",
               "--temperature", "0", "--stop", ".", "--json"});
  ASSERT_EQ(alone.code, 0) << alone.err;
  const std::string lines = read_text(answers);
  const Json second = parse_json(lines.substr(lines.find('\n') + 1), "answers");
  EXPECT_EQ(second.at("prediction", ""), parse_json(alone.out, "generate").at("text", ""));

  const Outcome again = llmasos({"evaluate", "--predictions", answers, "--json"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(parse_json(again.out, "again"), result);
}

// A copy of the model with a chat template, whose turns end with a full stop.
class ConversationEvaluation : public Evaluation {
 protected:
  void SetUp() override {
    Evaluation::SetUp();
    if (IsSkipped()) return;
    original_ = model_;
    model_ = (folder_ / "model").string();
    std::filesystem::copy(original_, model_);
    write("model/chat_template.jinja",
          "{{ bos_token }}{% for m in messages %}{% if m.role == 'robot' %}{{ "
          "raise_exception('no robots') }}{% endif %}{{ m.content }} {% endfor %}");
    Json config =
        parse_json(read_text(original_ + "/tokenizer_config.json"), "tokenizer_config.json");
    config.set("eos_token", ".");
    write("model/tokenizer_config.json", compact_json(config));
  }
  static std::string conversation(const std::string& messages) {
    return "{\"messages\": [" + messages + "]}\n";
  }

  std::string original_;
};

constexpr const char* kUser = "{\"role\": \"user\", \"content\": \"Lily and her mom\"}";
constexpr const char* kAnswer = ", {\"role\": \"assistant\", \"content\": \"went to the park\"}";

// The template gives "<s>Lily and her mom ", which is the text of the prompt below.
TEST_F(ConversationEvaluation, AnswersInTheFormOfTheChatTemplateToTheEndOfATurn) {
  const std::string chats = write("chats.jsonl", conversation(std::string(kUser) + kAnswer));
  const std::string prompts = write("prompts.jsonl",
                                    "{\"prompt\": \"Lily and her mom \", \"references\": "
                                    "[\"went to the park\"]}\n");
  const std::string answers = (folder_ / "answers.jsonl").string();
  const std::string plain = (folder_ / "plain.jsonl").string();
  const Json result = evaluate({"--generate", chats, "--max-tokens", "60", "--answers", answers});
  EXPECT_EQ(result, evaluate({"--generate", prompts, "--max-tokens", "60", "--stop", ".",
                              "--answers", plain}));
  EXPECT_EQ(result.at("texts", "").as_int64(""), 1);
  EXPECT_EQ(read_text(answers), read_text(plain));
  EXPECT_NE(read_text(answers).find("\"references\":[\"went to the park\"]"), std::string::npos)
      << read_text(answers);
}

TEST_F(ConversationEvaluation, NamesTheConversationThatCannotBeJudged) {
  const std::string user = kUser, answer = kAnswer;
  const std::pair<std::string, const char*> cases[] = {
      {conversation(""), ":2: \"messages\": there is no answer to compare with"},
      {conversation(user), ":2: \"messages\": there is no answer to compare with"},
      {conversation(user + answer + ", " + user), ":2: \"messages\": there is no answer"},
      {conversation(answer.substr(2)), ":2: \"messages\": there is no message before"},
      {conversation(user + ", {\"role\": \"assistant\", \"content\": \"\"}"), "is empty"},
      {conversation("\"hello\"" + answer), ":2: \"messages\"[0]: expected"},
      {conversation("{\"content\": \"a\"}" + answer), "[0]: \"role\" is missing"},
      {conversation(user + ", {\"role\": \"assistant\"}"), "[1]: \"content\" is missing"},
      {conversation(user + ", {\"role\": \"assistant\", \"content\": [1]}"),
       "[1]: \"content\": expected"},
      {conversation(user + ", {\"role\": \"assistant\", \"tool_calls\": []}"),
       "[1]: calls of tools"},
      {"{\"messages\": \"hello\"}\n", ":2: \"messages\": expected"},
      {"{\"messages\": [], \"references\": [\"a\"]}\n", ":2: `messages` and `references`"},
      {"{\"messages\": [], \"prompt\": \"a\"}\n", ":2: `messages` and `prompt`"},
      {"{\"prompt\": \"a\", \"references\": [\"b\"]}\n", ":2: records with `prompt` and with"},
      {conversation("{\"role\": \"robot\", \"content\": \"a\"}" + answer),
       "chats.jsonl:2: chat_template.jinja:1: no robots"}};
  for (const auto& [line, message] : cases) {
    const std::string chats = write("chats.jsonl", conversation(user + answer) + line);
    const Outcome outcome =
        llmasos({"evaluate", "--model", model_, "--generate", chats, "--max-tokens", "4"});
    EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kInput)) << line;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << line << ": " << outcome.err;
  }
}

TEST_F(ConversationEvaluation, NeedsAModelWithAChatTemplate) {
  const std::string chats = write("chats.jsonl", conversation(std::string(kUser) + kAnswer));
  const Outcome none = llmasos({"evaluate", "--model", original_, "--generate", chats});
  EXPECT_EQ(none.code, static_cast<int>(ErrorKind::kInput));
  EXPECT_NE(none.err.find("chats.jsonl:1: `messages` need a chat template"), std::string::npos)
      << none.err;
  const Outcome judged = llmasos({"evaluate", "--predictions", chats});
  EXPECT_NE(judged.err.find("chats.jsonl:1: `messages` need a model"), std::string::npos)
      << judged.err;
}

TEST_F(Evaluation, TakesChineseCharactersForWordsIfAsked) {
  const std::string texts =
      write("texts.jsonl",
            "{\"prediction\": \"我喜欢在公园里散步，天气很好。\", \"references\": "
            "[\"我喜欢在公园散步，今天天气很好。\"]}\n"
            "{\"prediction\": \"他买了3.5公斤苹果\", \"references\": "
            "[\"他昨天买了3.5公斤的苹果。\"]}\n");
  const Outcome words = llmasos({"evaluate", "--predictions", texts, "--json"});
  const Outcome characters =
      llmasos({"evaluate", "--predictions", texts, "--bleu-tokenizer", "zh", "--json"});
  ASSERT_EQ(words.code, 0) << words.err;
  ASSERT_EQ(characters.code, 0) << characters.err;
  EXPECT_EQ(number(parse_json(words.out, ""), "bleu"), 0);
  EXPECT_NEAR(number(parse_json(characters.out, ""), "bleu"), 51.94683474340646, 1e-9);
}

TEST_F(Evaluation, NamesTheLineThatIsNoText) {
  struct {
    const char *option, *line, *message;
  } const cases[] = {
      {"--generate", "{\"prompt\": \"a\"}", "texts.jsonl:2: \"references\" is missing"},
      {"--generate", "{\"prompt\": \"a\", \"references\": []}", ":2: `references` must hold"},
      {"--generate", "{\"prompt\": \"a\", \"references\": \"b\"}", ":2: \"references\": expected"},
      {"--generate", "{\"prompt\": 1, \"references\": [\"b\"]}", ":2: \"prompt\": expected"},
      {"--generate", "{\"prompt\": \"a\", \"prediction\": \"b\", \"references\": [\"b\"]}",
       ":2: a record has either"},
      {"--generate", "{\"references\": [\"b\"]}", ":2: there is no `prompt`"},
      {"--generate", "{\"prediction\": \"a\", \"references\": [\"b\"]}", "--predictions"},
      {"--predictions", "{\"prompt\": \"a\", \"references\": [\"b\"]}", "give --model"},
      {"--predictions", "{\"prediction\": \"a\", \"references\": [1]}",
       ":2: \"references\": expected"},
      {"--predictions", "[]", "texts.jsonl:2"},
      {"--predictions", "", "holds no record"}};
  for (const auto& c : cases) {
    // After a blank line, which counts.
    const std::string texts = write("texts.jsonl", "\n" + std::string(c.line) + "\n");
    std::vector<std::string> words = {"evaluate", c.option, texts};
    if (words[1] == "--generate") words.insert(words.end(), {"--model", model_});
    const Outcome outcome = llmasos(words);
    EXPECT_NE(outcome.code, 0) << c.line;
    EXPECT_NE(outcome.err.find(c.message), std::string::npos) << c.line << ": " << outcome.err;
  }
}

// Enough to write that it is not done before a signal arrives.
std::string many_prompts() {
  std::string lines;
  for (int i = 0; i < 2000; ++i)
    lines += "{\"prompt\": \"Once upon a time\", \"references\": [\"there was a girl\"]}\n";
  return lines;
}

TEST_F(Evaluation, PrintsNoFiguresOfAPartWhenInterrupted) {
  std::string story, questions;
  for (int i = 0; i < 6000; ++i) {
    story += kStory;
    questions += "{\"context\": \"Lily saw a\", \"choices\": [\"dog\", \"cat\"], \"label\": 0}\n";
  }
  const std::pair<const char*, std::string> works[] = {
      {"--generate", write("prompts.jsonl", many_prompts())},
      {"--tasks", write("tasks.jsonl", questions)},
      {"--text", write("story.txt", story)}};
  const std::string output = (folder_ / "output.json").string();
  for (const auto& [option, file] : works) {
    RunningProgram program({"evaluate", "--model", model_, option, file, "--json"}, "llmasos",
                           output);
    ASSERT_TRUE(program.wait_for("%")) << option << ": " << program.seen();
    program.signal(SIGINT);
    EXPECT_EQ(program.exit_code(), 130) << option;
    EXPECT_NE(program.seen().find("interrupted"), std::string::npos) << program.seen();
    EXPECT_EQ(read_text(output), "") << option;
  }
}

TEST_F(Evaluation, KeepsAnEarlierAnswersFileWhenInterrupted) {
  const std::string prompts = write("prompts.jsonl", many_prompts());
  const std::string answers = write("answers.jsonl", "earlier\n");
  RunningProgram program({"evaluate", "--model", model_, "--generate", prompts, "--max-tokens",
                          "40", "--answers", answers});
  ASSERT_TRUE(program.wait_for("/2,000")) << program.seen();
  program.signal(SIGINT);
  EXPECT_EQ(program.exit_code(), 130);
  EXPECT_EQ(program.seen().find("2,000/2,000"), std::string::npos) << program.seen();
  EXPECT_EQ(read_text(answers), "earlier\n");
  const std::filesystem::directory_iterator files(std::filesystem::path(answers).parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "a partial file is left";
}

TEST_F(Evaluation, NamesAnAnswersFileThatCannotBeWrittenBeforeTheModelWrites) {
  const std::string prompts = write("prompts.jsonl", many_prompts());
  const std::string answers = (folder_ / "missing").string() + "/answers.jsonl";
  const Outcome outcome =
      llmasos({"evaluate", "--model", model_, "--generate", prompts, "--answers", answers});
  EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kResource));
  EXPECT_NE(outcome.err.find(answers), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("/2,000"), std::string::npos) << outcome.err;
}

TEST_F(Evaluation, RefusesOptionsThatWouldChangeNothing) {
  const std::string story = write("story.txt", kStory);
  for (const char* option : {"--max-tokens", "--stop", "--bleu-tokenizer"}) {
    const Outcome outcome = llmasos({"evaluate", "--model", model_, "--text", story, option, "13"});
    EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kUsage)) << option;
    EXPECT_NE(outcome.err.find(std::string(option) + " goes with --generate"), std::string::npos)
        << outcome.err;
  }
  for (const char* option : {"--max-tokens", "--stop", "--backend", "--stride"}) {
    const Outcome outcome = llmasos({"evaluate", "--predictions", story, option, "13"});
    EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kUsage)) << option;
    EXPECT_NE(outcome.err.find(option), std::string::npos) << outcome.err;
  }
}

TEST_F(Evaluation, NamesThePromptThatDoesNotFit) {
  const std::string prompts =
      write("prompts.jsonl", "{\"prompt\": \"a\", \"references\": [\"b\"]}\n");
  const Outcome outcome =
      llmasos({"evaluate", "--model", model_, "--generate", prompts, "--max-tokens", "5000"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.err.find("prompts.jsonl:1: the prompt's"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lmos::test
