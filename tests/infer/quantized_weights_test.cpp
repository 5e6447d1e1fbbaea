// What quantised weights promise: logits near those of the weights in float32, exactly the bytes
// that were planned, and the backends' agreement.
#include <gtest/gtest.h>

#include <cmath>

#include "components/weight_storage.h"
#include "infer/generation_plan.h"
#include "infer/served_model.h"
#include "runtime/memory_account.h"

namespace lmos::infer {
namespace {

constexpr CacheShape kShape{.sequences = 1, .capacity = 64, .chunk = 64, .page_tokens = 16};
constexpr int32_t kTokens = 40;
constexpr CacheShape kWholePrompt{.sequences = 1, .capacity = 64, .chunk = kTokens};
const char* const kModels[] = {"tiny-llama2-gqa", "tiny-llama3-rope-tied", "tiny-gpt2"};

std::unique_ptr<runtime::Device> device_of(const std::string& backend) {
  BackendSection section;
  section.plugin = backend;
  section.threads = 2;
  section.options = ConfigTree::section({});
  return ServedModel::catalogue().open_device(section);
}

std::filesystem::path folder_of(const std::string& model) {
  return std::filesystem::path(LLMASOS_SOURCE_DIRECTORY) / "tests/models/data" / model;
}

std::unique_ptr<TextModel> open(runtime::Device& device, const std::string& model,
                                lmos_dtype compute, WeightStorage weights) {
  const auto tokenizer = write_tokenizer();
  TextModelOptions options;
  options.tokenizer_path = tokenizer;
  options.compute = compute;
  options.weights = weights;
  options.share_weights = false;
  auto opened =
      std::make_unique<TextModel>(ServedModel::catalogue(), device, folder_of(model), options);
  std::filesystem::remove(tokenizer);
  return opened;
}

// Of all tokens of a prompt; all but the last together, the last alone.
std::vector<float> logits_of(CachedModel& model) {
  const std::vector<int32_t> ids = prompt(kTokens, 3);
  std::vector<Token> tokens;
  std::vector<int32_t> rows;
  for (int32_t i = 0; i + 1 < kTokens; ++i) {
    tokens.push_back({ids[static_cast<size_t>(i)] % 256, 0, i});
    rows.push_back(i);
  }
  const std::span<const float> many = model.forward(tokens, rows);
  std::vector<float> all(many.begin(), many.end());
  const Token last{ids.back() % 256, 0, kTokens - 1};
  const int32_t row = 0;
  const std::span<const float> one = model.forward({&last, 1}, {&row, 1});
  all.insert(all.end(), one.begin(), one.end());
  return all;
}

std::vector<float> logits(const std::string& backend, const std::string& model, lmos_dtype compute,
                          WeightStorage weights) {
  const auto device = device_of(backend);
  return logits_of(open(*device, model, compute, weights)->prepare(kShape));
}

double relative_error(const std::vector<float>& actual, const std::vector<float>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(static_cast<double>(actual[i]) - expected[i], 2);
    size += std::pow(expected[i], 2);
  }
  return std::sqrt(error / size);
}

// A weight is off by at most half a step of its row's scale, 1/254 of the row's largest; in e4m3 by
// 1/16 of itself. Errors of a product's many terms cancel.
TEST(QuantizedWeights, LogitsStayNearThoseOfFloatWeights) {
  for (const std::string model : kModels) {
    const std::vector<float> exact = logits("cpu", model, LMOS_F32, WeightStorage::kCompute);
    for (const lmos_dtype compute : {LMOS_F32, LMOS_BF16}) {
      SCOPED_TRACE(model + (compute == LMOS_F32 ? " in f32" : " in bf16"));
      EXPECT_LT(relative_error(logits("cpu", model, compute, WeightStorage::kInt8), exact), 0.02);
      EXPECT_LT(relative_error(logits("cpu", model, compute, WeightStorage::kFloat8), exact), 0.06);
    }
  }
}

TEST(QuantizedWeights, TheBackendsAgree) {
  for (const std::string model : kModels)
    for (const WeightStorage format : {WeightStorage::kInt8, WeightStorage::kFloat8})
      EXPECT_LT(relative_error(logits("cpu", model, LMOS_F32, format),
                               logits("reference", model, LMOS_F32, format)),
                1e-5)
          << model;
}

TEST(QuantizedWeights, TakeTheBytesThatWerePlanned) {
  for (const std::string model : kModels) {
    uint64_t bytes[2];
    for (const WeightStorage format : {WeightStorage::kCompute, WeightStorage::kInt8}) {
      const auto device = device_of("cpu");
      const auto opened = open(*device, model, LMOS_F32, format);
      CachedModel& cached = opened->prepare(kWholePrompt);
      std::vector<Token> tokens;
      for (int32_t i = 0; i < kTokens; ++i) tokens.push_back({i, 0, i});
      const int32_t last = kTokens - 1, only = 0;
      const Token next{1, 0, kTokens};
      cached.forward(tokens, {&last, 1});
      cached.forward({&next, 1}, {&only, 1});
      const auto architecture =
          ServedModel::catalogue().open_model("", ModelFiles(folder_of(model)));
      const graph::Graph graph = components::with_storage(
          architecture->graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, LMOS_F32, LMOS_F32), format,
          LMOS_F32);
      const runtime::MemoryAccount& memory = device->memory();
      const uint64_t inputs = memory.use(runtime::MemoryCategory::kInputs).peak;
      const uint64_t peak = memory.total().peak;
      const uint64_t parameters = memory.use(runtime::MemoryCategory::kParameters).peak;
      const GenerationPlan plan = plan_generation(*device, graph, kWholePrompt);
      EXPECT_EQ(parameters, plan.weights) << model;
      EXPECT_EQ(peak - inputs, plan.total()) << model;
      bytes[format == WeightStorage::kCompute ? 0 : 1] = plan.weights;
    }
    EXPECT_LT(bytes[1], bytes[0]) << model;
  }
}

}  // namespace
}  // namespace lmos::infer
