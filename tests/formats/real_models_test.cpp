// Files that the reference implementation wrote, read and written again.
#include <cstdlib>

#include "formats/hugging_face_writer.h"
#include "formats/json_text.h"
#include "formats/model_files.h"
#include "formats/safetensors_weights.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

class RealModels : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("LLMASOS_TEST_DATA");
    if (!data || !fs::is_directory(fs::path(data) / "models"))
      GTEST_SKIP() << "LLMASOS_TEST_DATA has no folder models";
    for (const auto& entry : fs::directory_iterator(fs::path(data) / "models"))
      folders_.push_back(entry.path());
    ASSERT_FALSE(folders_.empty());
  }

  std::vector<fs::path> folders_;
};

TensorSpec spec_of(const std::string& name, const TensorView& tensor) {
  return {name, tensor.dtype, tensor.shape};
}

TensorSpec spec_of(const std::string& name, const StoredTensor& tensor) {
  return {name, tensor.encoding.dtype, tensor.shape};
}

template <typename Tensors>
std::vector<TensorSpec> specs_of(const Tensors& tensors) {
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : tensors) specs.push_back(spec_of(name, tensor));
  return specs;
}

template <typename Tensors, typename Writer>
void copy_all(const Tensors& tensors, Writer& writer) {
  for (const TensorSpec& tensor : writer.tensors())
    writer.append(tensor.name, tensors.at(tensor.name).data);
  writer.commit();
}

TEST_F(RealModels, AreWrittenByteForByteAsTheyWere) {
  ScratchFolder scratch;
  for (const fs::path& folder : folders_) {
    for (const char* name : {"model.safetensors", "expected.safetensors"}) {
      SafetensorsFile file(folder / name);
      EXPECT_FALSE(file.tensors().empty());
      SafetensorsWriter writer(scratch / "copy", specs_of(file.tensors()), file.metadata());
      copy_all(file.tensors(), writer);
      EXPECT_EQ(file_text(scratch / "copy"), file_text(folder / name)) << folder / name;
    }
  }
}

TEST_F(RealModels, KeepTheirConfigurationsText) {
  for (const fs::path& folder : folders_) {
    for (const char* name : {"config.json", "generation_config.json"}) {
      if (!fs::exists(folder / name)) continue;
      EXPECT_EQ(indented_json(read_json_file(folder / name)), file_text(folder / name))
          << folder / name;
    }
  }
}

TEST_F(RealModels, ReadBackFromShards) {
  ScratchFolder scratch;
  for (const fs::path& folder : folders_) {
    ModelFiles model(folder);
    EXPECT_TRUE(model.config().find("model_type"));
    Weights weights = model.open_weights();
    HuggingFaceWriter writer(scratch / folder.filename().string(), {.config = model.config()},
                             specs_of(weights.tensors()), 50'000);
    copy_all(weights.tensors(), writer);

    ModelFiles copy(scratch / folder.filename().string());
    EXPECT_FALSE(fs::exists(copy.path() / kWeightsFile));
    EXPECT_EQ(copy.config(), model.config());
    Weights copied = copy.open_weights();
    ASSERT_EQ(copied.tensors().size(), weights.tensors().size());
    for (const auto& [name, tensor] : weights.tensors()) {
      EXPECT_EQ(copied.tensors().at(name).shape, tensor.shape);
      EXPECT_EQ(text_of(copied.tensors().at(name).data), text_of(tensor.data)) << name;
    }
  }
}

TEST_F(RealModels, NameTheirEndOfSequence) {
  for (const fs::path& folder : folders_) {
    if (!fs::exists(folder / kGenerationConfigFile)) continue;
    EXPECT_FALSE(ModelFiles(folder).generation_config().eos_token_ids.empty()) << folder;
  }
}

}  // namespace
}  // namespace lmos
