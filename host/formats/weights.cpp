#include "formats/weights.h"

#include <vector>

#include "errors/error.h"
#include "formats/gguf.h"
#include "formats/little_endian.h"
#include "formats/path_exists.h"
#include "formats/pytorch/pytorch_file.h"
#include "formats/safetensors_weights.h"
#include "formats/sharded_files.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSafetensors = "safetensors";
constexpr std::string_view kPytorch = "PyTorch";
// Names in model folders, beside those of safetensors.
constexpr std::string_view kPytorchFiles[] = {"pytorch_model.bin", "pytorch_model.pt", "model.pt",
                                              "model.pth"};
constexpr std::string_view kPytorchIndexFile = "pytorch_model.bin.index.json";

StoredTensors stored(const TensorMap& tensors) {
  StoredTensors all;
  for (const auto& [name, tensor] : tensors) all.emplace(name, lmos::stored(tensor));
  return all;
}

Weights from_safetensors(SafetensorsWeights opened) {
  auto owner = std::make_shared<const SafetensorsWeights>(std::move(opened));
  return {stored(owner->tensors()), owner, kSafetensors};
}

Weights open_safetensors_file(const fs::path& path) {
  auto owner = std::make_shared<const SafetensorsFile>(path);
  return {stored(owner->tensors()), owner, kSafetensors};
}

Weights open_gguf(const fs::path& path) {
  auto owner = std::make_shared<const GgufFile>(path);
  StoredTensors tensors;
  for (const auto& [name, tensor] : owner->contents().tensors)
    tensors.emplace(name, StoredTensor{tensor.encoding, tensor.shape, tensor.data});
  return {std::move(tensors), owner, "GGUF"};
}

Weights open_pytorch_file(const fs::path& path) {
  auto owner = std::make_shared<const PytorchFile>(path);
  return {owner->tensors(), owner, kPytorch};
}

Weights open_pytorch_shards(const fs::path& index) {
  auto owner = std::make_shared<std::vector<PytorchFile>>();
  StoredTensors tensors;
  for (const auto& [shard, listed] : read_shard_index(index)) {
    const fs::path path = index.parent_path() / shard;
    add_shard(tensors, owner->emplace_back(path).tensors(), listed, path, index);
  }
  return {std::move(tensors), owner, kPytorch};
}

// Empty when the folder has none.
fs::path pytorch_file_in(const fs::path& folder) {
  for (const std::string_view name : kPytorchFiles)
    if (path_exists(folder / name)) return folder / name;
  return {};
}

}  // namespace

FileKind file_kind(const fs::path& path) {
  const MappedFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(kGgufMagic)) return FileKind::kGguf;
  if (looks_like_pytorch(bytes)) return FileKind::kPytorch;
  if (bytes.size() > sizeof(uint64_t) && text[sizeof(uint64_t)] == '{' &&
      read_little_endian<uint64_t>(bytes) <= kMaxSafetensorsHeaderBytes)
    return FileKind::kSafetensors;
  return FileKind::kUnknown;
}

Weights open_weights_file(const fs::path& path) {
  switch (file_kind(path)) {
    case FileKind::kSafetensors:
      return open_safetensors_file(path);
    case FileKind::kGguf:
      return open_gguf(path);
    case FileKind::kPytorch:
      return open_pytorch_file(path);
    default:
      throw Error(ErrorKind::kInput, path.string() +
                                         ": neither safetensors nor GGUF nor a file of torch.save; "
                                         "it may be damaged or incomplete");
  }
}

bool has_weights(const fs::path& folder) {
  return SafetensorsWeights::present_in(folder) || !pytorch_file_in(folder).empty() ||
         path_exists(folder / kPytorchIndexFile);
}

Weights open_weights_folder(const fs::path& folder) {
  if (SafetensorsWeights::present_in(folder)) return from_safetensors(SafetensorsWeights(folder));
  if (const fs::path file = pytorch_file_in(folder); !file.empty()) return open_pytorch_file(file);
  if (path_exists(folder / kPytorchIndexFile))
    return open_pytorch_shards(folder / kPytorchIndexFile);
  throw Error(ErrorKind::kInput, folder.string() + ": no weights; missing " +
                                     std::string(kWeightsFile) + " or " +
                                     std::string(kWeightsIndexFile));
}

}  // namespace lmos
