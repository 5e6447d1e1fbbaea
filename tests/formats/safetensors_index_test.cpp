// An index of shards that does not fit its folder.
#include "formats/safetensors_weights.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

class ShardIndex : public testing::Test {
 protected:
  ShardIndex() {
    write_text(folder_ / "one.safetensors", one_tensor("a"));
    write_text(folder_ / "two.safetensors", one_tensor("b"));
  }

  static std::string one_tensor(const std::string& name) {
    return safetensors_file("{\"" + name + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                            name);
  }
  void write_index(std::string_view weight_map) {
    write_text(folder_ / kWeightsIndexFile,
               R"({"metadata":{"total_size":2},"weight_map":)" + std::string(weight_map) + "}");
  }
  std::string refusal() {
    return error_message(ErrorKind::kInput, [&] { SafetensorsWeights(folder_.path()).tensors(); });
  }

  ScratchFolder folder_;
};

TEST_F(ShardIndex, JoinsTheShards) {
  write_index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  SafetensorsWeights weights(folder_.path());
  EXPECT_EQ(text_of(weights.tensors().at("a").data), "a");
  EXPECT_EQ(text_of(weights.tensors().at("b").data), "b");
}

TEST_F(ShardIndex, ListsEveryMissingShard) {
  write_index(R"({"a":"x.safetensors","b":"two.safetensors","c":"y.safetensors"})");
  expect_contains(refusal(), "missing: x.safetensors, y.safetensors");
}

TEST_F(ShardIndex, StaysInItsFolder) {
  for (const char* shard : {"../one.safetensors", "/etc/passwd", "a/b", "..", "", "one\\u0000"}) {
    write_index(R"({"a":")" + std::string(shard) + "\"}");
    expect_contains(refusal(), "is not the name of a file in the same folder");
  }
}

TEST_F(ShardIndex, MustAgreeWithTheShards) {
  write_index(R"({"a":"one.safetensors","b":"one.safetensors"})");
  expect_contains(refusal(), "one.safetensors: model.safetensors.index.json promises tensor \"b\"");
  write_index(R"({"b":"two.safetensors"})");
  EXPECT_EQ(SafetensorsWeights(folder_.path()).tensors().size(), 1u);
  write_text(folder_ / "two.safetensors",
             safetensors_file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                              R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                              "ab"));
  expect_contains(refusal(), "two.safetensors: tensor \"a\" is not listed for this file");
  write_index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  expect_contains(refusal(), "two.safetensors: tensor \"a\" is not listed for this file");
}

TEST_F(ShardIndex, MustBeWellFormed) {
  write_index("[]");
  expect_contains(refusal(), "weight_map: expected an object");
  write_index(R"({"a":1})");
  expect_contains(refusal(), "weight_map: expected a string");
  write_index("{}");
  expect_contains(refusal(), "lists no tensor");
  write_text(folder_ / kWeightsIndexFile, "{}");
  expect_contains(refusal(), "\"weight_map\" is missing");
}

}  // namespace
}  // namespace lmos
