#include "formats/safetensors_writer.h"

#include <algorithm>

#include "formats/safetensors.h"
#include "formats/safetensors_shards.h"
#include "formats/safetensors_weights.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::span<const std::byte> bytes_in(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// Distinct data for each tensor.
std::string data_for(const TensorSpec& tensor) {
  std::string data(tensor_bytes(tensor), '\0');
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<char>(i * 31 + tensor.name.size() * 7 + tensor.name.back());
  return data;
}

std::vector<TensorSpec> some_tensors() {
  return {{"layer.0.weight", LMOS_F32, {4, 6}},
          {"layer.1.weight", LMOS_F32, {4, 6}},
          {"layer.0.bias", LMOS_BF16, {6}},
          {"ids", LMOS_I64, {2, 2}},
          {"mask", LMOS_BOOL, {3}},
          {"scalar", LMOS_F32, {}},
          {"nothing", LMOS_F32, {0, 8}}};
}

template <typename Writer>
void append_all(Writer& writer) {
  for (const TensorSpec& tensor : writer.tensors())
    writer.append(tensor.name, bytes_in(data_for(tensor)));
}

void expect_all(const TensorMap& tensors, const std::vector<TensorSpec>& expected) {
  EXPECT_EQ(tensors.size(), expected.size());
  for (const TensorSpec& tensor : expected) {
    ASSERT_TRUE(tensors.contains(tensor.name)) << tensor.name;
    const TensorView& view = tensors.at(tensor.name);
    EXPECT_EQ(view.dtype, tensor.dtype);
    EXPECT_EQ(view.shape, tensor.shape);
    EXPECT_EQ(text_of(view.data), data_for(tensor));
    EXPECT_TRUE(view.is_aligned()) << tensor.name;
  }
}

TEST(SafetensorsWriter, WritesTheDocumentedBytes) {
  ScratchFolder folder;
  SafetensorsWriter writer(folder / "a", {{"b", LMOS_U8, {2}}, {"a", LMOS_F16, {1}}},
                           {{"format", "pt"}});
  writer.append("a", bytes_in("aa"));
  writer.append("b", bytes_in("bb"));
  writer.commit();
  std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})";
  header.append(8 - header.size() % 8, ' ');
  EXPECT_EQ(file_text(folder / "a"), safetensors_file(header, "aabb"));
}

TEST(SafetensorsWriter, RoundTrips) {
  ScratchFolder folder;
  SafetensorsWriter writer(folder / "a", some_tensors(), {{"key", "välue\n"}});
  append_all(writer);
  writer.commit();
  SafetensorsFile file(folder / "a");
  expect_all(file.tensors(), some_tensors());
  EXPECT_EQ(file.metadata(), (std::map<std::string, std::string>{{"key", "välue\n"}}));
}

TEST(SafetensorsWriter, DoesNotDependOnTheOrderOfDeclarations) {
  ScratchFolder folder;
  std::vector<TensorSpec> tensors = some_tensors();
  for (const char* name : {"a", "b"}) {
    SafetensorsWriter writer(folder / name, tensors, {});
    append_all(writer);
    writer.commit();
    std::reverse(tensors.begin(), tensors.end());
  }
  EXPECT_EQ(file_text(folder / "a"), file_text(folder / "b"));
}

TEST(SafetensorsWriter, TakesATensorInPieces) {
  ScratchFolder folder;
  SafetensorsWriter writer(folder / "a", {{"w", LMOS_U8, {5}}}, {});
  writer.append("w", bytes_in("ab"));
  EXPECT_FALSE(writer.complete());
  writer.append("w", bytes_in("cde"));
  EXPECT_TRUE(writer.complete());
  writer.commit();
  EXPECT_EQ(text_of(SafetensorsFile(folder / "a").tensors().at("w").data), "abcde");
}

TEST(SafetensorsWriter, RefusesWrongUse) {
  ScratchFolder folder;
  auto refusal = [&](auto action) { return error_message(ErrorKind::kInternal, action); };
  std::vector<TensorSpec> two{{"a", LMOS_U8, {2}}, {"b", LMOS_U8, {2}}};
  {
    SafetensorsWriter writer(folder / "a", two, {});
    expect_contains(refusal([&] { writer.append("b", bytes_in("bb")); }), "\"a\" was due");
    expect_contains(refusal([&] { writer.append("a", bytes_in("aaa")); }), "1 bytes more");
    expect_contains(refusal([&] { writer.commit(); }), "\"a\" lacks 2 bytes");
    append_all(writer);
    expect_contains(refusal([&] { writer.append("b", bytes_in("b")); }), "the file was complete");
  }
  auto declare = [&](std::vector<TensorSpec> tensors) {
    return refusal([&] { SafetensorsWriter writer(folder / "a", tensors, {}); });
  };
  expect_contains(declare({two[0], two[0]}), "\"a\" is declared twice");
  expect_contains(declare({{"__metadata__", LMOS_U8, {1}}}), "cannot be named __metadata__");
  expect_contains(declare({{"w", LMOS_U8, {-1}}}), "of shape [-1] cannot be written");
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(Shards, AreCutAtTheLimit) {
  auto sizes = [](std::vector<int64_t> bytes, uint64_t limit) {
    std::vector<TensorSpec> tensors;
    for (int64_t size : bytes) tensors.push_back({"w", LMOS_U8, {size}});
    std::vector<size_t> result;
    for (const auto& shard : plan_shards(tensors, limit)) result.push_back(shard.size());
    return result;
  };
  EXPECT_EQ(sizes({}, 10), (std::vector<size_t>{0}));
  EXPECT_EQ(sizes({4, 6, 1}, 10), (std::vector<size_t>{2, 1}));
  EXPECT_EQ(sizes({4, 11, 1, 9}, 10), (std::vector<size_t>{1, 1, 2}));
  EXPECT_EQ(sizes({11, 0}, 10), (std::vector<size_t>{1, 1}));
}

TEST(Shards, RoundTripThroughTheIndex) {
  ScratchFolder folder;
  ShardedSafetensorsWriter writer(folder.path(), some_tensors(), 100, {{"format", "pt"}});
  append_all(writer);
  writer.commit();
  EXPECT_EQ(
      names_in(folder.path()),
      (std::set<std::string>{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                             "model-00003-of-00003.safetensors", "model.safetensors.index.json"}));
  SafetensorsWeights weights(folder.path());
  expect_all(weights.tensors(), some_tensors());
}

TEST(Shards, AreOneFileWhenEverythingFits) {
  ScratchFolder folder;
  ShardedSafetensorsWriter writer(folder.path(), some_tensors(), 1 << 20, {});
  append_all(writer);
  writer.commit();
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model.safetensors"});
  expect_all(SafetensorsWeights(folder.path()).tensors(), some_tensors());
}

TEST(Shards, RefuseADuplicateInAnotherShard) {
  ScratchFolder folder;
  TensorSpec tensor{"w", LMOS_U8, {80}};
  std::string message = error_message(ErrorKind::kInternal, [&] {
    ShardedSafetensorsWriter writer(folder.path(), {tensor, tensor}, 100, {});
  });
  expect_contains(message, "\"w\" is declared twice");
}

}  // namespace
}  // namespace lmos
