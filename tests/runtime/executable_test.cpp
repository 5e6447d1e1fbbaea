#include "runtime/executable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errors/error.h"
#include "graph/op.h"
#include "runtime/small_graph.h"

namespace lmos::runtime {
namespace {

const std::vector<float> kX = {1, 2, -3, 0.5f};            // [2, 2]
const std::vector<float> kW = {1, 0, 0, 1, 2, -1};         // [3, 2]
const std::vector<float> kH = {1, 2, 0, -3, 0.5f, -6.5f};  // x wᵀ, [2, 3]

std::vector<float> normalized_rows(std::vector<float> h) {
  for (size_t row = 0; row < h.size(); row += 3) {
    double squares = 0;
    for (size_t i = 0; i < 3; ++i) squares += h[row + i] * h[row + i];
    for (size_t i = 0; i < 3; ++i) h[row + i] /= static_cast<float>(std::sqrt(squares / 3));
  }
  return h;
}

class SmallRun {
 public:
  explicit SmallRun(Device& device)
      : stream(device),
        executable(device, small_graph(2)),
        x(floats(device, stream, kX)),
        w(floats(device, stream, kW)),
        total(floats(device, stream, std::vector<float>(6, 0))) {
    executable.allocate();
    executable.bind("x", x);
    executable.bind("w", w);
    executable.bind("total", total);
  }
  void run() {
    executable.run(stream);
    stream.synchronize();
  }
  std::vector<float> y() { return read_floats(stream, executable.output("y"), 6); }

  Stream stream;
  Executable executable;
  Buffer x, w, total;
};

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-6) << i;
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Executable, ComputesItsOutputs) {
  SmallRun run(test::backend("reference"));
  run.run();
  expect_near(run.y(), normalized_rows(kH));
}

TEST(Executable, KeepsStatesBetweenRuns) {
  SmallRun run(test::backend("reference"));
  for (int i = 0; i < 3; ++i) run.run();
  std::vector<float> expected = normalized_rows(kH);
  for (float& value : expected) value *= 3;
  expect_near(read_floats(run.stream, run.total.operand(), 6), expected);
}

TEST(Executable, UsesWhatIsBoundLast) {
  Device& device = test::backend("reference");
  SmallRun run(device);
  run.run();
  Buffer other = floats(device, run.stream, {0, 1, 1, 0});
  run.executable.bind("x", other);
  run.run();
  expect_near(run.y(), normalized_rows({0, 1, -1, 1, 0, 2}));
}

TEST(Executable, LaunchesARecordingFromTheSecondRunOn) {
  Recording backend;
  SmallRun run(backend.device());
  for (int i = 0; i < 4; ++i) run.run();
  EXPECT_EQ(Recording::launches(), 3);
  EXPECT_GT(Recording::recorded(), 0u);
  std::vector<float> expected = normalized_rows(kH);
  for (float& value : expected) value *= 4;
  expect_near(read_floats(run.stream, run.total.operand(), 6), expected);
}

TEST(Executable, ForgetsItsRecordingWhenAnInputIsBoundAnew) {
  Recording backend;
  SmallRun run(backend.device());
  for (int i = 0; i < 2; ++i) run.run();
  Buffer other = floats(backend.device(), run.stream, {0, 1, 1, 0});
  run.executable.bind("x", other);
  for (int i = 0; i < 2; ++i) {
    run.run();
    expect_near(run.y(), normalized_rows({0, 1, -1, 1, 0, 2}));
  }
}

TEST(Executable, DecomposesWhatTheBackendDoesNotSupport) {
  WithoutRmsNorm backend;
  SmallRun run(backend.device());
  for (const graph::Node& node : run.executable.graph().nodes) EXPECT_NE(node.op->name, "rms_norm");
  run.run();
  expect_near(run.y(), normalized_rows(kH));
}

TEST(Executable, RefusesToDecomposeOnAStrictDevice) {
  WithoutRmsNorm backend;
  backend.device().set_strict(true);
  expect_contains(error_of([&] { Executable(backend.device(), small_graph(2)); }),
                  "has no kernel for rms_norm");
}

TEST(Executable, AllocatesExactlyItsPlan) {
  Device& device = test::backend("reference");
  auto in_use = [&] { return device.memory().use(MemoryCategory::kActivations).bytes; };
  uint64_t before = in_use();
  {
    Executable executable(device, small_graph(50));
    EXPECT_GT(executable.plan().arena_bytes, 0u);
    EXPECT_EQ(in_use(), before) << "nothing is allocated before it is asked for";
    executable.allocate();
    EXPECT_EQ(in_use(), before + executable.plan().arena_bytes);
  }
  EXPECT_EQ(in_use(), before);
}

TEST(Executable, SharesAnArena) {
  Device& device = test::backend("reference");
  SmallRun first(device), second(device);
  Buffer arena = device.allocate(first.executable.plan().arena_bytes, MemoryCategory::kActivations);
  first.executable.use_arena(arena);
  second.executable.use_arena(arena);
  first.run();
  expect_near(first.y(), normalized_rows(kH));
  second.run();
  expect_near(second.y(), normalized_rows(kH));
  Buffer small = device.allocate(1);
  expect_contains(error_of([&] { first.executable.use_arena(small); }), "has 1 bytes");
}

TEST(Executable, GivesAnInputAsOutputWhereItIsBound) {
  Device& device = test::backend("reference");
  graph::Graph graph;
  graph::Builder builder(graph);
  builder.output("same", builder.input("x", {LMOS_F32, {3}}));
  Executable executable(device, graph);
  Stream stream(device);
  Buffer x = floats(device, stream, {7, 8, 9});
  executable.allocate();
  executable.bind("x", x);
  executable.run(stream);
  EXPECT_EQ(read_floats(stream, executable.output("same"), 3), (std::vector<float>{7, 8, 9}));
}

TEST(Executable, SharesTheMemoryOfReshapes) {
  Device& device = test::backend("reference");
  graph::Graph graph;
  graph::Builder builder(graph);
  graph::ValueId x = builder.input("x", {LMOS_F32, {2, 3}});
  graph::ValueId doubled = builder.add(x, x);
  builder.output("flat", builder.add(builder.reshape(doubled, {6}), builder.reshape(doubled, {6})));
  Executable executable(device, graph);
  Stream stream(device);
  Buffer input = floats(device, stream, {1, 2, 3, 4, 5, 6});
  executable.allocate();
  executable.bind("x", input);
  executable.run(stream);
  EXPECT_EQ(read_floats(stream, executable.output("flat"), 6),
            (std::vector<float>{4, 8, 12, 16, 20, 24}));
}

TEST(Executable, SaysWhatIsMissingBeforeARun) {
  Device& device = test::backend("reference");
  Executable executable(device, small_graph(2));
  Stream stream(device);
  expect_contains(error_of([&] { executable.run(stream); }), "before its memory was allocated");
  executable.allocate();
  expect_contains(error_of([&] { executable.run(stream); }), "`x` f32[2,2] was not bound");
  Buffer x = floats(device, stream, kX);
  executable.bind("x", x);
  expect_contains(error_of([&] { executable.run(stream); }), "`w` f32[3,2] was not bound");
}

TEST(Executable, RefusesNamesAndBuffersThatDoNotFit) {
  SmallRun run(test::backend("reference"));
  expect_contains(error_of([&] { run.executable.bind("z", run.x); }),
                  "no input, parameter or state `z`");
  expect_contains(error_of([&] { run.executable.bind("total", run.x); }), "`total` is f32[2,3]");
  expect_contains(error_of([&] { run.executable.output("z"); }), "no output `z`");
  graph::ValueId result = run.executable.graph().nodes[0].outputs[0];
  expect_contains(error_of([&] { run.executable.bind(result, run.x.operand()); }),
                  "is a node's result");
}

TEST(Executable, NamesTheNodeThatFailed) {
  Device& device = test::backend("reference");
  graph::Graph graph;
  graph::Builder builder(graph);
  graph::ValueId table = builder.input("table", {LMOS_F32, {4, 2}});
  graph::ValueId index = builder.input("index", {LMOS_I32, {1}});
  builder.output("row", builder.one("gather_rows", {table, index}));
  Executable executable(device, graph);
  Stream stream(device);
  Buffer rows = floats(device, stream, std::vector<float>(8, 1)), ids = device.allocate(4);
  const int32_t outside = 4;
  upload_now<int32_t>(stream, ids.operand(), std::span(&outside, 1));
  executable.allocate();
  executable.bind("table", rows);
  executable.bind("index", ids);
  std::string message = error_of([&] { executable.run(stream); });
  expect_contains(message, "node 0 gather_rows (f32[4,2], i32[1] -> f32[1,2])");
  expect_contains(message, "index 4 is outside [0, 4)");
}

TEST(Executable, RefusesToChangeWrappedParameters) {
  Device& device = test::backend("reference");
  SmallRun run(device);
  const std::vector<float> zeros(6, 0);
  auto wrapped = device.wrap(std::as_bytes(std::span(zeros)));
  run.executable.bind("total", *wrapped);
  expect_contains(error_of([&] { run.run(); }), "read-only");
}

}  // namespace
}  // namespace lmos::runtime
