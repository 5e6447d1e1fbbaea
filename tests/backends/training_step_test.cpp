// Whole training steps of a small transformer on every backend, against the same steps in f64 on
// the reference.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "autodiff/autodiff.h"
#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "graph/builder.h"
#include "runtime/compare.h"
#include "runtime/compile.h"
#include "runtime/tensor_store.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::ValueId;

constexpr int64_t kSequence = 11, kTokens = 2 * kSequence, kVocab = 37, kEmbed = 24, kHeads = 4,
                  kKvHeads = 2, kHeadDim = 6, kMlp = 40;

// One block of LLaMA with its loss. Parameters are of `dtype`.
class StepGraph {
 public:
  explicit StepGraph(lmos_dtype dtype) : dtype_(dtype), builder_(graph_) {
    ValueId loss = loss_of_block();
    builder_.output("loss", loss);
    append_updates(loss);
  }
  const graph::Graph& graph() const { return graph_; }

 private:
  ValueId parameter(const std::string& name, std::vector<int64_t> dims) {
    graph::Parameter description;
    description.name = name;
    description.axes.resize(dims.size(), "embed");
    return builder_.parameter(description, {dtype_, std::move(dims)});
  }
  ValueId norm(ValueId x, const std::string& name) {
    return builder_.node("rms_norm", std::vector{x, parameter(name, {kEmbed})},
                         {{"epsilon", 1e-5}})[0];
  }
  ValueId linear(ValueId x, const std::string& name, int64_t out) {
    return builder_.one("linear", {x, parameter(name, {out, builder_.type(x).dims.back()})});
  }
  ValueId rotated(ValueId x, int64_t heads, ValueId positions, ValueId frequencies) {
    return builder_.one("rope",
                        {builder_.reshape(x, {kTokens, heads, kHeadDim}), positions, frequencies});
  }

  ValueId attention(ValueId x) {
    ValueId positions = builder_.input("positions", {LMOS_I32, {kTokens}});
    ValueId frequencies = builder_.one("constant", {},
                                       {{"shape", std::vector<int64_t>{3}},
                                        {"dtype", int64_t{LMOS_F32}},
                                        {"values", std::vector<double>{1, 0.1, 0.01}}});
    ValueId q = rotated(linear(x, "wq", kHeads * kHeadDim), kHeads, positions, frequencies);
    ValueId k = rotated(linear(x, "wk", kKvHeads * kHeadDim), kKvHeads, positions, frequencies);
    ValueId v =
        builder_.reshape(linear(x, "wv", kKvHeads * kHeadDim), {kTokens, kKvHeads, kHeadDim});
    ValueId y = builder_.node("attention", std::vector{q, k, v},
                              {{"scale", 0.4}, {"causal", int64_t{1}}, {"sequence", kSequence}})[0];
    return linear(builder_.reshape(y, {kTokens, kHeads * kHeadDim}), "wo", kEmbed);
  }

  ValueId loss_of_block() {
    ValueId tokens = builder_.input("tokens", {LMOS_I32, {kTokens}});
    ValueId labels = builder_.input("labels", {LMOS_I32, {kTokens}});
    // Embedding and head share their weights, so that gradients meet.
    ValueId embedding = parameter("embedding", {kVocab, kEmbed});
    ValueId x = builder_.one("gather_rows", {embedding, tokens});
    x = builder_.add(x, attention(norm(x, "attention_norm")));
    ValueId h = norm(x, "mlp_norm");
    ValueId gated = builder_.one("swiglu", {linear(h, "gate", kMlp), linear(h, "up", kMlp)});
    x = norm(builder_.add(x, linear(gated, "down", kEmbed)), "final_norm");
    return builder_.node("linear_cross_entropy", std::vector{x, embedding, labels},
                         {{"ignore", int64_t{-100}}})[0];
  }

  void append_updates(ValueId loss) {
    graph::TensorType type = builder_.type(loss);
    ValueId seed = builder_.constant(1.0 / static_cast<double>(kTokens), type);
    std::vector<ValueId> parameters;
    for (const graph::Parameter& p : graph_.parameters) parameters.push_back(p.value);
    std::vector<ValueId> gradients = autodiff::gradients(graph_, loss, seed, parameters);
    ValueId norm = builder_.node("global_norm", gradients)[0];
    builder_.output("norm", norm);
    ValueId one = builder_.constant(1, {LMOS_F32, {}});
    ValueId clip = builder_.one("minimum", {one, builder_.div(one, norm)});
    ValueId hyper = builder_.input("hyper", {LMOS_F32, {7}});
    for (size_t i = 0; i < parameters.size(); ++i) {
      graph::TensorType shape = builder_.type(parameters[i]);
      ValueId m = builder_.state("m." + graph_.parameters[i].name, shape);
      ValueId v = builder_.state("v." + graph_.parameters[i].name, shape);
      builder_.node("adamw", std::vector{parameters[i], m, v, gradients[i], hyper, clip},
                    {{"decay", int64_t{1}}});
    }
  }

  lmos_dtype dtype_;
  graph::Graph graph_;
  Builder builder_;
};

using Values = std::map<std::string, std::vector<double>>;

// The step with its memory on one device.
class TrainingRun {
 public:
  TrainingRun(runtime::Device& device, lmos_dtype dtype)
      : stream_(device),
        store_(device),
        step_(runtime::compile(device, StepGraph(dtype).graph(), {})) {
    step_->allocate();
    uint64_t seed = 1;
    for (const graph::Parameter& p : step_->graph().parameters) {
      add(p.name, step_->graph().type(p.value), normal(0.3, p.name.ends_with("norm") ? 1 : 0),
          seed++);
    }
    for (ValueId id : step_->graph().states) {
      add(step_->graph().value(id).name, step_->graph().type(id), values({0}), 0);
    }
    store_.bind_to(*step_);
    input("tokens", LMOS_I32, kTokens, ids(kVocab));
    input("labels", LMOS_I32, kTokens, labels(kVocab, -100));
    input("positions", LMOS_I32, kTokens, counting(0, kSequence));
  }

  void run(int step) {
    input("hyper", LMOS_F32, 7,
          values({0.01, 0.9, 0.99, 1e-6, 0.1, 1 - std::pow(0.9, step), 1 - std::pow(0.99, step)}));
    step_->run(stream_);
    stream_.synchronize();
  }

  // The loss of each token, and all parameters.
  Values results() {
    Values results;
    for (const graph::Parameter& p : step_->graph().parameters) {
      results[p.name] = read(step_->graph().type(p.value), store_.operand(p.name));
    }
    results["loss"] = read(step_->output_type("loss"), step_->output("loss"));
    results["norm"] = read(step_->output_type("norm"), step_->output("norm"));
    return results;
  }

  std::vector<runtime::NodeDifference> compare_with(runtime::Device& examined) {
    return compare_nodes(*step_, stream_, examined);
  }

 private:
  HostTensor filled(const graph::TensorType& type, const Fill& fill, uint64_t seed) {
    std::vector<double> numbers(static_cast<size_t>(type.elements()));
    for (size_t i = 0; i < numbers.size(); ++i) {
      // Of single precision, so that runs in both dtypes start equal.
      numbers[i] = static_cast<float>(fill(static_cast<int64_t>(i), seed));
    }
    return make_tensor(type, numbers);
  }
  void add(const std::string& name, const graph::TensorType& type, const Fill& fill,
           uint64_t seed) {
    store_.allocate(name, type, runtime::MemoryCategory::kParameters);
    store_.upload(stream_, name, filled(type, fill, seed).bytes);
  }
  void input(const std::string& name, lmos_dtype dtype, int64_t count, const Fill& fill) {
    HostTensor tensor = filled({dtype, {count}}, fill, 99);
    runtime::Buffer& buffer = inputs_[name];
    if (!buffer)
      buffer = stream_.device().allocate(tensor.bytes.size(), runtime::MemoryCategory::kInputs);
    runtime::upload_now<std::byte>(stream_, buffer.operand(), tensor.bytes);
    step_->bind(name, buffer);
  }
  std::vector<double> read(const graph::TensorType& type, lmos_operand operand) {
    HostTensor tensor{type, std::vector<std::byte>(type.bytes())};
    runtime::download_now<std::byte>(stream_, tensor.bytes, operand);
    return values_of(tensor);
  }

  runtime::Stream stream_;
  runtime::TensorStore store_;
  std::unique_ptr<runtime::Executable> step_;
  std::map<std::string, runtime::Buffer> inputs_;
};

constexpr int kSteps = 3;

const Values& expected() {
  static const Values values = [] {
    TrainingRun run(backend("reference"), LMOS_F64);
    for (int step = 1; step <= kSteps; ++step) run.run(step);
    return run.results();
  }();
  return values;
}

double relative_l2(const std::vector<double>& actual, const std::vector<double>& trusted) {
  double error = 0, size = 0;
  for (size_t i = 0; i < trusted.size(); ++i) {
    error += (actual[i] - trusted[i]) * (actual[i] - trusted[i]);
    size += trusted[i] * trusted[i];
  }
  return std::sqrt(error / size);
}

class TrainingStep : public testing::TestWithParam<std::string> {};

TEST_P(TrainingStep, GivesTheLossAndParametersOfF64) {
  TrainingRun run(backend(GetParam()), LMOS_F32);
  for (int step = 1; step <= kSteps; ++step) run.run(step);
  Values actual = run.results();
  for (const auto& [name, trusted] : expected()) {
    ASSERT_EQ(actual[name].size(), trusted.size());
    EXPECT_LE(relative_l2(actual[name], trusted), 2e-5) << name;
  }
}

TEST_P(TrainingStep, LowersTheLoss) {
  TrainingRun run(backend(GetParam()), LMOS_F32);
  auto mean = [&] {
    std::vector<double> loss = run.results()["loss"];
    double sum = 0;
    for (double x : loss) sum += x;
    return sum / static_cast<double>(loss.size());
  };
  run.run(1);
  double first = mean();
  for (int step = 2; step <= 20; ++step) run.run(step);
  EXPECT_LT(mean(), 0.8 * first);
}

TEST_P(TrainingStep, HasNoNodeThatDiffersFromTheReference) {
  TrainingRun run(backend("reference"), LMOS_F32);
  run.run(1);
  for (const runtime::NodeDifference& d : run.compare_with(backend(GetParam()))) {
    EXPECT_LE(d.relative_l2, 1e-5) << d.node << " " << d.op << " " << d.result;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, TrainingStep, testing::ValuesIn(backend_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lmos::test
