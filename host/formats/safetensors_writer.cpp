#include "formats/safetensors_writer.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/little_endian.h"
#include "formats/quote.h"
#include "formats/safetensors.h"
#include "formats/safetensors_dtype.h"

namespace lmos {
namespace {

constexpr size_t kHeaderAlignment = 8;

Json shape_json(const std::vector<int64_t>& shape) {
  return Json::Array(shape.begin(), shape.end());
}

std::string header_of(const std::vector<TensorSpec>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  Json::Object header;
  if (!metadata.empty()) {
    Json::Object members;
    for (const auto& [key, text] : metadata) members.push_back({key, text});
    header.push_back({std::string(kSafetensorsMetadataKey), std::move(members)});
  }
  uint64_t begin = 0;
  for (const TensorSpec& tensor : tensors) {
    uint64_t end = begin + tensor_bytes(tensor);
    header.push_back({tensor.name, Json::Object{{"dtype", safetensors_name(tensor.dtype)},
                                                {"shape", shape_json(tensor.shape)},
                                                {"data_offsets", Json::Array{begin, end}}}});
    begin = end;
  }
  std::string text = compact_json(header);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return text;
}

}  // namespace

std::vector<TensorSpec> safetensors_order(std::vector<TensorSpec> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorSpec& a, const TensorSpec& b) {
    int a_rank = safetensors_layout_rank(a.dtype), b_rank = safetensors_layout_rank(b.dtype);
    return a_rank != b_rank ? a_rank > b_rank : a.name < b.name;
  });
  return tensors;
}

void check_tensor_names(std::span<const TensorSpec> tensors) {
  std::vector<std::string_view> names;
  for (const TensorSpec& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  auto duplicate = std::adjacent_find(names.begin(), names.end());
  if (duplicate != names.end())
    throw Error(ErrorKind::kInternal, "tensor " + quote_text(*duplicate) + " is declared twice");
  if (std::binary_search(names.begin(), names.end(), kSafetensorsMetadataKey))
    throw Error(ErrorKind::kInternal,
                "a tensor cannot be named " + std::string(kSafetensorsMetadataKey));
}

AppendOrder append_order(std::span<const TensorSpec> tensors) {
  std::vector<AppendOrder::Item> items;
  for (const TensorSpec& tensor : tensors) items.push_back({tensor.name, tensor_bytes(tensor)});
  return AppendOrder(std::move(items));
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<TensorSpec> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : tensors_(safetensors_order(std::move(tensors))), order_(append_order(tensors_)), file_(path) {
  check_tensor_names(tensors_);
  std::string header = header_of(tensors_, metadata);
  if (header.size() > kMaxSafetensorsHeaderBytes)
    throw Error(ErrorKind::kInternal, path.string() + ": a header of " +
                                          std::to_string(header.size()) +
                                          " bytes is more than the format allows; use more shards");
  std::string length;
  append_little_endian(uint64_t{header.size()}, length);
  file_.write(length);
  file_.write(header);
}

void SafetensorsWriter::append(std::string_view name, std::span<const std::byte> data) {
  if (data.empty()) return;
  order_.accept(name, data.size());
  file_.write(data);
}

void SafetensorsWriter::commit() {
  order_.check_complete();
  file_.commit();
}

}  // namespace lmos
