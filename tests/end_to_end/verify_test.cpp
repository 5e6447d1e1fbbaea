// Models against results that transformers computed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "end_to_end/program.h"

namespace lmos::test {
namespace {

struct Case {
  const char* model;
  const char* backend;
};

class Verify : public testing::TestWithParam<Case> {};

TEST_P(Verify, LogitsLossGradientsAndTrainingAgreeWithTransformers) {
  const std::string folder =
      std::string(LLMASOS_SOURCE_DIRECTORY) + "/tests/models/data/" + GetParam().model;
  const Outcome outcome =
      llmasos({"verify", "--backend", GetParam().backend, "--model", folder, "--expected",
               folder + "/expected.safetensors", "--trajectory", folder + "/expected.json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Tiny, Verify,
                         testing::Values(Case{"tiny-llama2-gqa", "reference"},
                                         Case{"tiny-llama2-gqa", "cpu"},
                                         Case{"tiny-llama3-rope-tied", "reference"},
                                         Case{"tiny-llama3-rope-tied", "cpu"},
                                         Case{"tiny-gpt2", "reference"}, Case{"tiny-gpt2", "cpu"},
                                         Case{"tiny-bert", "reference"}, Case{"tiny-bert", "cpu"}),
                         [](const auto& info) {
                           std::string name =
                               std::string(info.param.model) + "_" + info.param.backend;
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

TEST(VerifyCommand, FailsWhenTheWeightsAreNotTheExpectedOnes) {
  const std::string models = std::string(LLMASOS_SOURCE_DIRECTORY) + "/tests/models/data/";
  const std::string folder = models + "tiny-llama2-gqa";
  const Outcome outcome =
      llmasos({"verify", "--model", folder, "--expected", folder + "/expected.safetensors",
               "--compute", "bfloat16", "--tolerance", "1e-6"});
  EXPECT_EQ(outcome.code, 1) << outcome.out;
  EXPECT_NE(outcome.out.find("too far"), std::string::npos);
}

TEST(VerifyCommand, ComparesABackendNodeByNode) {
  const std::string folder =
      std::string(LLMASOS_SOURCE_DIRECTORY) + "/tests/models/data/tiny-llama2-gqa";
  const Outcome outcome = llmasos({"verify", "--model", folder, "--expected",
                                   folder + "/expected.safetensors", "--node-by-node"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("attention_grad"), std::string::npos) << outcome.out;
}

TEST(VerifyCommand, AgreesOnATrainedModel) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const std::string folder = std::string(data) + "/models/stories260K";
  for (const char* backend : {"reference", "cpu"}) {
    const Outcome outcome =
        llmasos({"verify", "--backend", backend, "--model", folder, "--expected",
                 folder + "/expected.safetensors", "--tolerance", "1e-3"});
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  }
}

}  // namespace
}  // namespace lmos::test
