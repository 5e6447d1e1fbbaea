#include "formats/pytorch/pytorch_file.h"

#include "formats/pytorch/pytorch_writer.h"
#include "pytorch_text.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::string floats(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) append_little_endian(static_cast<float>(i), bytes);
  return bytes;
}

std::vector<float> values_of(const StoredTensor& tensor) {
  std::vector<float> values;
  read_tensor(tensor, {LMOS_F32, nullptr}, "t", [&](std::span<const std::byte> piece) {
    for (size_t i = 0; i < piece.size(); i += sizeof(float))
      values.push_back(read_little_endian<float>(piece.subspan(i)));
  });
  return values;
}

TEST(Pytorch, ReadsTensorsThatShareAStorageByOffsetAndStrides) {
  const std::string storage = pickle_storage("FloatStorage", "0", 6);
  const std::string file = pytorch_file(
      pickled(pickle_dict({pickle_text("whole"), pickle_tensor(storage, 0, {2, 3}, {3, 1}),
                           pickle_text("transposed"), pickle_tensor(storage, 0, {3, 2}, {1, 3}),
                           pickle_text("column"), pickle_tensor(storage, 1, {2}, {3}),
                           pickle_text("scalar"), pickle_tensor(storage, 5, {}, {}),
                           pickle_text("repeated"), pickle_tensor(storage, 2, {2, 2}, {0, 1}),
                           pickle_text("empty"), pickle_tensor(storage, 0, {0, 7}, {7, 1})})),
      {floats(6)});
  const PytorchContents contents = parse_pytorch_text(file);
  const StoredTensors& tensors = contents.tensors;
  EXPECT_EQ(tensors.size(), 6u);
  EXPECT_TRUE(tensors.at("whole").lies_as(LMOS_F32));
  EXPECT_GE(reinterpret_cast<const char*>(tensors.at("whole").data.data()), file.data());
  EXPECT_EQ(values_of(tensors.at("whole")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values_of(tensors.at("transposed")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values_of(tensors.at("column")), (std::vector<float>{1, 4}));
  EXPECT_EQ(values_of(tensors.at("scalar")), (std::vector<float>{5}));
  EXPECT_EQ(values_of(tensors.at("repeated")), (std::vector<float>{2, 3, 2, 3}));
  EXPECT_EQ(tensors.at("empty").shape, (std::vector<int64_t>{0, 7}));
}

TEST(Pytorch, NamesNestedTensorsByTheirPathAndCountsTheRest) {
  const std::string tensor = pickle_tensor(pickle_storage("HalfStorage", "0", 1), 0, {1}, {1});
  const std::string parameter =
      "ctorch._utils\n_rebuild_parameter\n(" + tensor + "\x88" + "ccollections\nOrderedDict\n)RtR";
  const std::string file = pytorch_file(
      pickled(pickle_dict({pickle_text("model"), pickle_dict({pickle_text("w"), parameter}),
                           pickle_text("list"), "](" + tensor + "Ne", pickle_text("step"), "K\7"})),
      {"\1\2"});
  const PytorchContents contents = parse_pytorch_text(file);
  ASSERT_EQ(contents.tensors.size(), 2u);
  EXPECT_EQ(encoding_name(contents.tensors.at("model.w").encoding), "F16");
  EXPECT_TRUE(contents.tensors.contains("list.0"));
  EXPECT_EQ(contents.other_values, 2u);
}

TEST(Pytorch, ReadsFilesThatPyTorchWrote) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  const auto folder = std::filesystem::path(data ? data : "") / "expected" / "torch";
  if (!data || !std::filesystem::is_directory(folder))
    GTEST_SKIP() << "LLMASOS_TEST_DATA has no folder expected/torch";
  const PytorchFile one(folder / "tiny_state_dict_with_one_key.pt");
  EXPECT_EQ(one.tensors().at("test_key").shape, (std::vector<int64_t>{10, 10}));
  const PytorchFile fair(folder / "tiny_fair_checkpoint.pt");
  EXPECT_EQ(fair.tensors().at("tok_embeddings.weight").shape, (std::vector<int64_t>{500, 32}));
}

TEST(PytorchWriter, WritesWhatReadsBackForEveryType) {
  ScratchFolder folder;
  std::vector<TensorSpec> specs;
  for (lmos_dtype dtype = LMOS_F64; dtype <= LMOS_U64; ++dtype)
    specs.push_back({"t" + std::to_string(dtype), dtype, {2, 0, 1}});
  specs.push_back({"matrix", LMOS_BF16, {2, 2}});
  specs.push_back({"bytes", LMOS_F8_E5M2, {3}});
  specs.push_back({"scalar", LMOS_I64, {}});
  specs.push_back({"nothing", LMOS_U8, {0}});
  {
    PytorchWriter writer(folder / "m.pt", specs);
    writer.append("matrix", std::as_bytes(std::span("abcd", 4)));
    writer.append("matrix", std::as_bytes(std::span("efgh", 4)));
    writer.append("bytes", std::as_bytes(std::span("xyz", 3)));
    error_message(ErrorKind::kInternal,
                  [&] { writer.append("bytes", std::as_bytes(std::span("x", 1))); });
    writer.append("scalar", std::as_bytes(std::span("12345678", 8)));
    EXPECT_FALSE(std::filesystem::exists(folder / "m.pt"));
    writer.commit();
  }
  const PytorchFile file(folder / "m.pt");
  ASSERT_EQ(file.tensors().size(), specs.size());
  for (const TensorSpec& spec : specs) {
    const StoredTensor& tensor = file.tensors().at(spec.name);
    EXPECT_EQ(tensor.encoding.dtype, spec.dtype) << spec.name;
    EXPECT_EQ(tensor.shape, spec.shape) << spec.name;
  }
  EXPECT_EQ(text_of(file.tensors().at("matrix").data), "abcdefgh");
  EXPECT_EQ(text_of(file.tensors().at("bytes").data), "xyz");
  EXPECT_EQ(text_of(file.tensors().at("scalar").data), "12345678");
  const auto address = reinterpret_cast<uintptr_t>(file.tensors().at("matrix").data.data());
  EXPECT_EQ(address % 64, 0u);
}

TEST(PytorchWriter, LeavesNothingBehindWithoutCommit) {
  ScratchFolder folder;
  {
    PytorchWriter writer(folder / "m.pt", {{"w", LMOS_U8, {3}}});
    error_message(ErrorKind::kInternal, [&] { writer.commit(); });
  }
  EXPECT_TRUE(names_in(folder.path()).empty());
}

}  // namespace
}  // namespace lmos
