// What instruction tuning promises: only completions count, and examples that share a sequence do
// not see each other.
#include <gtest/gtest.h>

#include <cmath>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Instruction : public testing::Test {
 protected:
  Instruction() {
    write_text(folder_ / "text.txt", sentences(20000));
    const std::string file = (folder_ / "base.yaml").string();
    write_text(file,
               "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
               "dataset: {plugin: text, path: " +
                   (folder_ / "text.txt").string() +
                   ", sequence: 96}\n"
                   "tokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
                   "model: {plugin: llama, layers: 2, embed: 32, heads: 4, mlp: 64}\n"
                   "train: {steps: 4, batch: 4}\ncheckpoint: {folder: " +
                   (folder_ / "base").string() + "}\n");
    const Outcome outcome = llmasos({"train", file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }

  // The loss of the first step, which sees all eight examples once.
  double first_loss(const std::string& name, const std::string& completion, int64_t sequence,
                    int64_t rows) {
    std::string records;
    for (int i = 0; i < 8; ++i)
      records += "{\"instruction\": \"say it\", \"input\": \"\", \"output\": \"" +
                 completion.substr(0, static_cast<size_t>(4 + i)) + "\"}\n";
    write_text(folder_ / (name + ".jsonl"), records);
    const std::string file = (folder_ / (name + ".yaml")).string();
    write_text(
        file,
        "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
        "dataset: {plugin: records, path: " +
            (folder_ / (name + ".jsonl")).string() + ", sequence: " + std::to_string(sequence) +
            "}\ntask: {kind: instruction, prompt: ['{instruction} {input}:', "
            "'{instruction}:']}\nmodel: {path: " +
            (folder_ / "base").string() +
            "/model}\n"
            "train: {steps: 1, batch: " +
            std::to_string(rows) + "}\ncheckpoint: {folder: " + (folder_ / name).string() + "}\n");
    const Outcome outcome = llmasos({"train", file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("8 examples in " + std::to_string(rows) + " sequences"),
              std::string::npos)
        << outcome.err;
    return parse_json(read_text(folder_ / name / "metrics.jsonl"), "metrics")
        .at("loss", "")
        .as_double("loss");
  }

  std::string template_file(const std::string& name, const std::string& text) {
    const auto path = folder_ / (name + ".jinja");
    write_text(path, text);
    return path.string();
  }

  std::string plain_template() {
    return template_file("plain",
                         "{% for m in messages %}{% if m.role == 'user' %}u:{{ m.content }}|"
                         "{% else %}a:{{ m.content }};{% endif %}{% endfor %}"
                         "{% if add_generation_prompt %}a:{% endif %}");
  }
  std::string template_with_blocks() {
    return template_file("blocks",
                         "{% for m in messages %}{% if m.role == 'user' %}u:{{ m.content }}|"
                         "{% else %}a:{% generation %}{{ m.content }};{% endgeneration %}"
                         "{% endif %}{% endfor %}");
  }

  // `first`: other members of the first answer.
  static std::string two_answers(const std::string& first) {
    return R"({"messages": [{"role": "user", "content": "qxz"}, )"
           R"({"role": "assistant", "content": "vwk")" +
           first +
           R"(}, {"role": "user", "content": "jjz"}, {"role": "assistant", "content": "zvq"}]})";
  }

  // One step on one record, in the folder NAME. `task`: other keys of it.
  Outcome train(const std::string& name, const std::string& record,
                const std::string& chat_template, const std::string& task = "",
                const std::string& sections = "") {
    write_text(folder_ / (name + ".jsonl"), record + "\n");
    const std::string file = (folder_ / (name + ".yaml")).string();
    write_text(file,
               "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
               "dataset: {plugin: records, path: " +
                   (folder_ / (name + ".jsonl")).string() +
                   ", sequence: 96}\ntask: {kind: instruction" + task +
                   (chat_template.empty() ? "" : ", chat_template: " + chat_template) + "}\n" +
                   sections + "model: {path: " + (folder_ / "base").string() +
                   "/model}\ntrain: {steps: 1, batch: 1}\ncheckpoint: {folder: " +
                   (folder_ / name).string() + "}\n");
    return llmasos({"train", file});
  }

  double loss_of(const std::string& name, const std::string& record,
                 const std::string& chat_template) {
    const Outcome outcome = train(name, record, chat_template);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return parse_json(read_text(folder_ / name / "metrics.jsonl"), "metrics")
        .at("loss", "")
        .as_double("loss");
  }

  TemporaryFolder folder_;
};

TEST_F(Instruction, ExamplesThatShareASequenceDoNotSeeEachOther) {
  const std::string words = "qxzvwkjqxzvwkj";  // a token a letter
  const double alone = first_loss("alone", words, 20, 8);
  EXPECT_NEAR(first_loss("together", words, 96, 2), alone, 1e-5 * alone);
}

TEST_F(Instruction, OfAConversationCountsWhatTheAssistantWrites) {
  const double both = loss_of("both", two_answers(""), plain_template());
  EXPECT_NEAR(loss_of("blocks", two_answers(""), template_with_blocks()), both, 1e-6 * both);
  const double last = loss_of("last", two_answers(R"(, "weight": 0)"), plain_template());
  EXPECT_GT(std::abs(both - last), 1e-3 * last);
}

TEST_F(Instruction, AnAnswerOfNoWeightIsReadOnly) {
  const double last =
      loss_of("last", R"({"prompt": "u:qxz|a:vwk;u:jjz|a:", "completion": "zvq;"})", "");
  const std::string record = two_answers(R"(, "weight": 0)");
  EXPECT_NEAR(loss_of("plain", record, plain_template()), last, 1e-6 * last);
  EXPECT_NEAR(loss_of("blocks", record, template_with_blocks()), last, 1e-6 * last);
}

TEST_F(Instruction, SaysWhatIsWrongWithAConversation) {
  const std::string plain =
      template_file("plain", "{% for m in messages %}{{ m.content }}{% endfor %}");
  const std::string changing = template_file(
      "changing",
      "{% for m in messages %}{% if loop.last %}!{% endif %}{{ m.content }}{% endfor %}");
  const auto refused = [&](const std::string& messages, const std::string& file,
                           const std::string& reason) {
    const Outcome outcome = train("refused", R"({"messages": )" + messages + "}", file);
    EXPECT_EQ(outcome.code, 4) << messages << outcome.err;
    EXPECT_NE(outcome.err.find("refused.jsonl`:1"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(reason), std::string::npos) << outcome.err;
  };
  const std::string user = R"({"role": "user", "content": "a"})";
  const std::string answer = R"({"role": "assistant", "content": "b"})";
  refused("[" + user + ", " + answer + "]", "", "need a chat template");
  refused("[" + user + "]", plain, "no message of the assistant's counts");
  refused("[]", plain, "no message of the assistant's counts");
  refused("[" + user + R"(, {"role": "assistant", "content": "", "weight": 1}, )" + user + "]",
          plain, "no token that counts");
  refused("\"a\"", plain, "`messages`");
  refused("[1]", plain, "`messages`[0]");
  refused("[" + user + R"(, {"role": "assistant"}])", plain, "`messages`[1]");
  refused(R"([{"role": "assistant", "content": "b", "weight": 2}])", plain, "0 or 1");
  refused(R"([{"role": "assistant", "content": "b", "tool_calls": []}])", plain, "calls of tools");
  refused("[" + user + ", " + answer + ", " + user + ", " + answer + "]", changing,
          "{% generation %}");
}

TEST_F(Instruction, AdaptersAndMergedModelsCarryTheTemplateAndTheEndOfATurn) {
  const std::string file =
      template_file("turns",
                    "{% for m in messages %}{{ m.content }}{% generation %}{{ eos_token }}"
                    "{% endgeneration %}{% endfor %}");
  write_text(folder_ / "base" / "model" / "tokenizer_config.json", R"({"eos_token": "qqq"})");
  write_text(folder_ / "base" / "model" / "generation_config.json",
             R"({"eos_token_id": 7, "temperature": 0.5})");
  const Outcome outcome =
      train("adapter", R"({"messages": [{"role": "assistant", "content": "b"}]})", file, "",
            "lora: {rank: 2, merge: true}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"model", "merged"}) {
    const auto folder = folder_ / "adapter" / name;
    EXPECT_EQ(read_text(folder / "chat_template.jinja"), read_text(file)) << name;
    EXPECT_EQ(read_text(folder / "tokenizer_config.json"), R"({"eos_token": "qqq"})") << name;
    const Json settings = parse_json(read_text(folder / "generation_config.json"), name);
    EXPECT_EQ(settings.at("temperature", name).as_double(name), 0.5) << name;
    EXPECT_NE(read_text(folder / "generation_config.json").find("7"), std::string::npos) << name;
  }
  const std::string gguf = (folder_ / "merged.gguf").string();
  const Outcome converted = llmasos({"convert", (folder_ / "adapter" / "merged").string(), gguf});
  ASSERT_EQ(converted.code, 0) << converted.err;
  EXPECT_NE(read_text(gguf).find(read_text(file)), std::string::npos);
}

// The template of a model that is tuned on other records is nothing to them.
TEST_F(Instruction, ATemplateThatCanNotBeUsedIsNothingToCompletions) {
  write_text(folder_ / "base" / "model" / "chat_template.jinja", "{% no statement %}");
  const double loss = loss_of("other", R"({"prompt": "qxz", "completion": "vwk"})", "");
  EXPECT_GT(loss, 0);
}

TEST_F(Instruction, NamesTheRecordThatNoTemplateFits) {
  write_text(folder_ / "bad.jsonl",
             "{\"instruction\": \"a\", \"output\": \"b\"}\n{\"other\": 1}\n");
  const std::string file = (folder_ / "bad.yaml").string();
  write_text(file, "version: 1\nkind: train\ndataset: {plugin: records, path: " +
                       (folder_ / "bad.jsonl").string() +
                       ", sequence: 96}\ntask: {kind: instruction}\nmodel: {path: " +
                       (folder_ / "base").string() +
                       "/model}\ntrain: {steps: 1, batch: 1}\ncheckpoint: {folder: " +
                       (folder_ / "bad").string() + "}\n");
  const Outcome outcome = llmasos({"train", file});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("bad.jsonl`:2"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lmos::test
