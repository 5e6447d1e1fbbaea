#include "runtime/tensor_store.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "runtime/small_graph.h"

namespace lmos::runtime {
namespace {

const graph::TensorType kThree{LMOS_F32, {3}};

std::vector<float> contents(const TensorStore& store, Stream& stream, std::string_view name) {
  std::vector<float> values(static_cast<size_t>(store.type(name).elements()));
  store.download(stream, name, std::as_writable_bytes(std::span(values)));
  return values;
}

TEST(TensorStore, HoldsTensorsByName) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  store.allocate("b", kThree, MemoryCategory::kParameters);
  store.allocate_zeros(stream, "a", kThree, MemoryCategory::kGradients);
  const std::vector<float> values = {1, 2, 3};
  store.upload(stream, "b", std::as_bytes(std::span(values)));
  EXPECT_EQ(contents(store, stream, "b"), values);
  EXPECT_EQ(contents(store, stream, "a"), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(store.names(), (std::vector<std::string>{"a", "b"}));
  store.remove("a");
  EXPECT_FALSE(store.contains("a"));
}

TEST(TensorStore, ReadsAlignedHostMemoryInPlace) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  std::vector<float> file = {4, 5, 6};
  store.add_constant(stream, "w", kThree, std::as_bytes(std::span(file)),
                     MemoryCategory::kParameters);
  EXPECT_EQ(store.buffer("w").address(), file.data());
}

TEST(TensorStore, CopiesMemoryThatIsNotAligned) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  const std::vector<float> values = {4, 5, 6};
  std::vector<std::byte> file(13);
  std::ranges::copy(std::as_bytes(std::span(values)), file.begin() + 1);
  store.add_constant(stream, "w", kThree, std::span(file).subspan(1), MemoryCategory::kParameters);
  EXPECT_NE(store.buffer("w").address(), file.data() + 1);
  EXPECT_EQ(contents(store, stream, "w"), values);
}

TEST(TensorStore, ZerosTensorsLargerThanItsChunk) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  store.allocate_zeros(stream, "m", {LMOS_F32, {700, 1000}}, MemoryCategory::kOptimizer);
  for (float value : contents(store, stream, "m")) ASSERT_EQ(value, 0);
}

TEST(TensorStore, BindsParametersAndStatesOfAnExecutable) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  store.allocate_zeros(stream, "w", {LMOS_F32, {3, 2}}, MemoryCategory::kParameters);
  store.allocate_zeros(stream, "total", {LMOS_F32, {2, 3}}, MemoryCategory::kOther);
  store.allocate_zeros(stream, "unrelated", kThree, MemoryCategory::kOther);
  Executable executable(device, small_graph(2));
  executable.allocate();
  store.bind_to(executable);
  Buffer x = floats(device, stream, {1, 2, 3, 4});
  executable.bind("x", x);
  EXPECT_NO_THROW(executable.run(stream));
}

TEST(TensorStore, RefusesWhatDoesNotFit) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  store.allocate("w", kThree, MemoryCategory::kParameters);
  EXPECT_THROW(store.allocate("w", kThree, MemoryCategory::kParameters), Error);
  EXPECT_THROW(store.operand("z"), Error);
  EXPECT_THROW(store.remove("z"), Error);
  std::vector<std::byte> short_values(11);
  EXPECT_THROW(store.upload(stream, "w", short_values), Error);
  EXPECT_THROW(store.add_constant(stream, "c", kThree, short_values, MemoryCategory::kParameters),
               Error);
  Executable executable(device, small_graph(2));
  EXPECT_THROW(store.bind_to(executable), Error) << "w has another type in the graph";
}

}  // namespace
}  // namespace lmos::runtime
