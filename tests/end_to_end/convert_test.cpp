// llmasos convert and llmasos info as a user runs them.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

const std::string kModel =
    std::string(LLMASOS_SOURCE_DIRECTORY) + "/tests/models/data/tiny-llama2-gqa";

TEST(Convert, GivesTheSameResultsFromEveryFormat) {
  const TemporaryFolder folder;
  const std::string gguf = folder / "m.gguf", back = folder / "back";
  const Outcome there = llmasos({"convert", kModel, gguf});
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_NE(there.out.find("m.gguf: "), std::string::npos) << there.out;
  EXPECT_NE(there.err.find("convert 100%"), std::string::npos) << there.err;
  ASSERT_EQ(llmasos({"convert", gguf, back}).code, 0);
  for (const std::string& model : {gguf, back}) {
    const Outcome outcome =
        llmasos({"verify", "--model", model, "--expected", kModel + "/expected.safetensors"});
    EXPECT_EQ(outcome.code, 0) << model << outcome.out << outcome.err;
  }
}

TEST(Convert, ReadsAFolderOfPyTorchWeights) {
  const TemporaryFolder folder;
  const std::string torch = folder / "torch";
  std::filesystem::create_directory(torch);
  std::filesystem::copy(kModel + "/config.json", torch);
  ASSERT_EQ(llmasos({"convert", kModel, torch + "/pytorch_model.bin"}).code, 0);
  const Outcome outcome =
      llmasos({"verify", "--model", torch, "--expected", kModel + "/expected.safetensors"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

TEST(Convert, GeneratesTheSameTextFromGguf) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const TemporaryFolder folder;
  const std::string model = std::string(data) + "/models/stories260K", gguf = folder / "s.gguf";
  ASSERT_EQ(llmasos({"convert", model, gguf}).code, 0);
  const auto text = [](const std::string& path) {
    return llmasos({"generate", "--model", path, "--prompt", "Once upon a time", "--max-tokens",
                    "40", "--temperature", "0", "--json"})
        .out;
  };
  EXPECT_FALSE(text(model).empty());
  EXPECT_EQ(text(gguf), text(model));
}

TEST(Convert, LeavesNothingOnAFullDisk) {
  const TemporaryFolder folder;
  for (const char* name : {"m.gguf", "m.pt", "m.safetensors", "m"}) {
    const Outcome outcome = llmasos_with_file_limit({"convert", kModel, folder / name}, 100'000);
    EXPECT_EQ(outcome.code, 6) << outcome.err;
    EXPECT_NE(outcome.err.find("cannot write"), std::string::npos) << outcome.err;
    EXPECT_TRUE(std::filesystem::is_empty(folder / "")) << name;
  }
}

TEST(Convert, SaysInOneLineWhatIsWrongWithAFile) {
  const TemporaryFolder folder;
  write_text(folder / "bad.gguf", "GGUF and nothing else that makes sense");
  const Outcome outcome = llmasos({"convert", folder / "bad.gguf", folder / "x.pt"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_NE(outcome.err.find("bad.gguf: GGUF version"), std::string::npos) << outcome.err;
}

TEST(Info, ShowsAModelForPeopleAndForPrograms) {
  const Outcome table = llmasos({"info", kModel});
  ASSERT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("architecture   llama"), std::string::npos) << table.out;
  EXPECT_EQ(table.out.find("model.embed_tokens.weight"), std::string::npos);
  const Outcome listed = llmasos({"info", kModel, "--tensors"});
  EXPECT_NE(listed.out.find("model.embed_tokens.weight"), std::string::npos) << listed.out;
  const Json json = parse_json(llmasos({"info", kModel, "--json", "--tensors"}).out, "info");
  EXPECT_EQ(json.at("architecture", "").as_string(""), "llama");
  EXPECT_EQ(json.at("tensors", "").as_array("").size(),
            static_cast<size_t>(json.at("tensor_count", "").as_int64("")));
  EXPECT_EQ(llmasos({"info", kModel + "/absent"}).code, 4);
}

}  // namespace
}  // namespace lmos::test
