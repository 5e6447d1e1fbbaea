#include "runtime/profiler.h"

#include <gtest/gtest.h>

#include <fstream>

#include "errors/error.h"
#include "runtime/small_graph.h"
#include "runtime/tensor_store.h"

namespace lmos::runtime {
namespace {

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Runs the small graph `runs` times under the profiler.
void run_profiled(Profiler& profiler, int runs) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  store.allocate_zeros(stream, "w", {LMOS_F32, {3, 2}}, MemoryCategory::kParameters);
  store.allocate_zeros(stream, "total", {LMOS_F32, {2, 3}}, MemoryCategory::kOther);
  Executable executable(device, small_graph(2));
  executable.allocate();
  store.bind_to(executable);
  Buffer x = floats(device, stream, {1, 2, 3, 4});
  executable.bind("x", x);
  executable.set_profiler(&profiler);
  for (int i = 0; i < runs; ++i) executable.run(stream);
  executable.set_profiler(nullptr);
  executable.run(stream);
}

TEST(Profiler, CountsCallsByOpAndShape) {
  Profiler profiler;
  run_profiled(profiler, 3);
  std::string by_op = profiler.table_by_op(), by_shape = profiler.table_by_shape();
  for (const char* op : {"linear", "constant", "rms_norm", "accumulate"}) {
    EXPECT_NE(by_op.find(op), std::string::npos) << by_op;
  }
  EXPECT_NE(by_shape.find("linear f32[2,2], f32[3,2]"), std::string::npos) << by_shape;
  EXPECT_EQ(occurrences(by_op, "       3 "), 4u) << by_op;
  profiler.clear();
  EXPECT_EQ(profiler.table_by_op().find("linear"), std::string::npos);
}

TEST(Profiler, WritesATraceOfEachCall) {
  Profiler profiler(Profiler::Trace::kOn);
  run_profiled(profiler, 2);
  auto file = std::filesystem::path(testing::TempDir()) / "llmasos_trace_test.json";
  profiler.write_trace(file);
  std::ifstream in(file);
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove(file);
  EXPECT_EQ(occurrences(text, R"("ph":"X")"), 8u) << text;
  EXPECT_EQ(occurrences(text, "thread_name"), 4u) << text;
  EXPECT_EQ(occurrences(text, "{"), occurrences(text, "}"));
  EXPECT_THROW(profiler.write_trace(file / "no_folder"), Error);
}

}  // namespace
}  // namespace lmos::runtime
