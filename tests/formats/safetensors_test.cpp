#include "formats/safetensors.h"

#include "formats/safetensors_dtype.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

TEST(Safetensors, ReadsTensorsAndMetadata) {
  std::string file = safetensors_file(R"({"__metadata__":{"format":"pt","by":"hand"},)"
                                      R"("w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                                      R"("b":{"dtype":"I16","shape":[],"data_offsets":[8,10]}}   )",
                                      bytes_of<float>({1.5f, -2.0f}) + bytes_of<int16_t>({-7}));
  SafetensorsContents contents = parse_safetensors_text(file);
  EXPECT_EQ(contents.metadata,
            (std::map<std::string, std::string>{{"format", "pt"}, {"by", "hand"}}));
  ASSERT_EQ(contents.tensors.size(), 2u);
  const TensorView& w = contents.tensors.at("w");
  EXPECT_EQ(w.dtype, LMOS_F32);
  EXPECT_EQ(w.shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(text_of(w.data), bytes_of<float>({1.5f, -2.0f}));
  const TensorView& b = contents.tensors.at("b");
  EXPECT_EQ(b.dtype, LMOS_I16);
  EXPECT_TRUE(b.shape.empty());
  EXPECT_EQ(read_little_endian<int16_t>(b.data), -7);
}

TEST(Safetensors, IsAViewOfTheFile) {
  ScratchFolder folder;
  write_text(folder / "a.safetensors",
             safetensors_file(R"({"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "abc"));
  SafetensorsFile first(folder / "a.safetensors");
  const std::byte* address = first.tensors().at("w").data.data();
  SafetensorsFile second(std::move(first));
  EXPECT_EQ(second.tensors().at("w").data.data(), address);
  EXPECT_EQ(text_of(second.tensors().at("w").data), "abc");
}

TEST(Safetensors, KnowsEveryDtypeOfTheAbi) {
  for (lmos_dtype dtype = LMOS_F64; dtype <= LMOS_U64; ++dtype) {
    std::string name(safetensors_name(dtype));
    EXPECT_EQ(dtype_from_safetensors(name), dtype);
    uint64_t bytes = dtype_bytes(dtype);
    std::string end = std::to_string(bytes);
    SafetensorsContents contents = parse_safetensors_text(safetensors_file(
        R"({"x":{"dtype":")" + name + R"(","shape":[1],"data_offsets":[0,)" + end + "]}}",
        std::string(bytes, 'x')));
    EXPECT_EQ(contents.tensors.at("x").dtype, dtype);
  }
}

TEST(Safetensors, TakesTensorsInAnyHeaderOrder) {
  std::string file =
      safetensors_file(R"({"late":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                       R"("empty":{"dtype":"F64","shape":[0,5],"data_offsets":[1,1]},)"
                       R"("early":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                       "ell");
  SafetensorsContents contents = parse_safetensors_text(file);
  EXPECT_EQ(text_of(contents.tensors.at("early").data), "e");
  EXPECT_EQ(text_of(contents.tensors.at("late").data), "ll");
  EXPECT_TRUE(contents.tensors.at("empty").data.empty());
}

TEST(Safetensors, SaysWhichTensorsAreNotAligned) {
  std::string file = safetensors_file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                                      "abbbb");
  SafetensorsContents contents = parse_safetensors_text(file);
  for (const auto& [name, tensor] : contents.tensors) {
    auto address = reinterpret_cast<uintptr_t>(tensor.data.data());
    EXPECT_EQ(tensor.is_aligned(), address % dtype_bytes(tensor.dtype) == 0);
  }
}

TEST(Safetensors, ReadsAFileWithoutTensors) {
  EXPECT_TRUE(parse_safetensors_text(safetensors_file("{}", "")).tensors.empty());
}

}  // namespace
}  // namespace lmos
