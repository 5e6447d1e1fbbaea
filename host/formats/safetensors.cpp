#include "formats/safetensors.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/little_endian.h"
#include "formats/quote.h"
#include "formats/safetensors_dtype.h"

namespace lmos {
namespace {

constexpr uint64_t kLengthBytes = sizeof(uint64_t);

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

[[noreturn]] void refuse_damaged(const std::string& where, const std::string& why) {
  refuse(where, why + "; the file is damaged or incomplete: fetch or save it again");
}

std::string_view header_text(std::span<const std::byte> file, const std::string& where) {
  if (file.size() < kLengthBytes)
    refuse_damaged(where, "not a safetensors file: it has " + std::to_string(file.size()) +
                              " bytes, less than the 8 of the header's length");
  uint64_t length = read_little_endian<uint64_t>(file);
  if (length > kMaxSafetensorsHeaderBytes)
    refuse(where, "not a safetensors file: a header of " + std::to_string(length) +
                      " bytes is more than the limit of " +
                      std::to_string(kMaxSafetensorsHeaderBytes));
  uint64_t available = file.size() - kLengthBytes;
  if (length > available)
    refuse_damaged(where, "the header should have " + std::to_string(length) +
                              " bytes but the file ends after " + std::to_string(available));
  std::string_view text(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
  if (!text.starts_with('{'))
    refuse(where, "not a safetensors file: its header does not begin with '{'");
  return text;
}

std::vector<int64_t> shape_of(const Json& entry, const std::string& where) {
  std::vector<int64_t> shape;
  for (const Json& dimension : entry.at("shape", where).as_array(where + ": shape")) {
    shape.push_back(dimension.as_int64(where + ": shape"));
    if (shape.back() < 0) refuse(where, "negative dimension " + std::to_string(shape.back()));
  }
  return shape;
}

TensorView view_of(const Json& entry, std::span<const std::byte> data, const std::string& where) {
  const std::string& name = entry.at("dtype", where).as_string(where + ": dtype");
  std::optional<lmos_dtype> dtype = dtype_from_safetensors(name);
  if (!dtype)
    refuse(where, "unknown dtype " + quote_text(name) + "; known are " + all_safetensors_names());
  std::vector<int64_t> shape = shape_of(entry, where);
  std::optional<uint64_t> bytes = tensor_bytes(*dtype, shape);
  if (!bytes) refuse(where, "its size overflows 64 bits");

  const Json::Array& offsets = entry.at("data_offsets", where).as_array(where + ": data_offsets");
  if (offsets.size() != 2) refuse(where, "data_offsets must be [begin, end]");
  uint64_t begin = offsets[0].as_uint64(where + ": data_offsets");
  uint64_t end = offsets[1].as_uint64(where + ": data_offsets");
  std::string range = "data_offsets [" + std::to_string(begin) + ", " + std::to_string(end) + "]";
  if (begin > end) refuse(where, range + " run backwards");
  if (end > data.size())
    refuse_damaged(where, range + " reach past the end of the data, which has " +
                              std::to_string(data.size()) + " bytes");
  if (end - begin != *bytes)
    refuse(where, range + " hold " + std::to_string(end - begin) + " bytes, but its shape and " +
                      name + " need " + std::to_string(*bytes));
  return {*dtype, std::move(shape), data.subspan(begin, end - begin)};
}

// The format wants every byte of the data to belong to exactly one tensor.
void check_coverage(const TensorMap& tensors, std::span<const std::byte> data,
                    const std::string& where) {
  std::vector<TensorMap::const_pointer> order;
  order.reserve(tensors.size());
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](auto a, auto b) {
    return std::pair(a->second.data.data(), a->second.data.size()) <
           std::pair(b->second.data.data(), b->second.data.size());
  });
  const std::byte* covered = data.data();
  TensorMap::const_pointer previous = nullptr;
  for (TensorMap::const_pointer tensor : order) {
    const std::span<const std::byte>& view = tensor->second.data;
    if (view.data() < covered)
      refuse(where, "tensors " + quote_text(previous->first) + " and " + quote_text(tensor->first) +
                        " overlap");
    if (view.data() > covered)
      refuse(where, std::to_string(view.data() - covered) + " bytes before tensor " +
                        quote_text(tensor->first) + " belong to no tensor");
    covered = view.data() + view.size();
    previous = tensor;
  }
  uint64_t left = static_cast<uint64_t>(data.data() + data.size() - covered);
  if (left != 0)
    refuse(where, "the last " + std::to_string(left) + " bytes of the file belong to no tensor");
}

}  // namespace

SafetensorsContents parse_safetensors(std::span<const std::byte> file, const std::string& where) {
  std::string_view text = header_text(file, where);
  std::span<const std::byte> data = file.subspan(kLengthBytes + text.size());
  Json header = parse_json(text, where + " (header)");

  SafetensorsContents contents;
  for (const JsonMember& member : header.as_object(where)) {
    if (member.key == kSafetensorsMetadataKey) {
      std::string here = where + ": " + std::string(kSafetensorsMetadataKey);
      for (const JsonMember& entry : member.value.as_object(here))
        contents.metadata.emplace(entry.key, entry.value.as_string(here));
      continue;
    }
    std::string here = where + ": tensor " + quote_text(member.key);
    contents.tensors.emplace(member.key, view_of(member.value, data, here));
  }
  check_coverage(contents.tensors, data, where);
  return contents;
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : file_(path), contents_(parse_safetensors(file_.bytes(), path.string())) {}

}  // namespace lmos
