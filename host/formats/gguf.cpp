#include "formats/gguf.h"

#include <algorithm>
#include <bit>

#include "errors/error.h"
#include "formats/byte_reader.h"
#include "formats/quote.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

constexpr uint64_t kSmallestEntry = 8 + 4 + 1;       // bytes: an empty key and a bool
constexpr uint64_t kSmallestTensor = 8 + 4 + 4 + 8;  // bytes: an empty name and no dimension
constexpr uint64_t kMaxKeyBytes = 65535;
constexpr int kMaxArrayDepth = 4;

struct DenseType {
  uint32_t ggml_type;
  lmos_dtype dtype;
};
constexpr DenseType kDenseTypes[] = {{0, LMOS_F32},  {1, LMOS_F16},  {24, LMOS_I8},
                                     {25, LMOS_I16}, {26, LMOS_I32}, {27, LMOS_I64},
                                     {28, LMOS_F64}, {30, LMOS_BF16}};

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

std::optional<TensorEncoding> encoding_of(uint32_t type) {
  for (const DenseType& dense : kDenseTypes)
    if (dense.ggml_type == type) return TensorEncoding{dense.dtype, nullptr};
  if (const BlockFormat* blocks = find_block_format(type)) return TensorEncoding{LMOS_F32, blocks};
  return std::nullopt;
}

std::string_view read_string(ByteReader& reader, std::string_view what) {
  const auto bytes = reader.number<uint64_t>(what);
  return reader.text(bytes, what);
}

std::string_view read_name(ByteReader& reader, std::string_view what) {
  const std::string_view name = read_string(reader, what);
  const std::string place = std::string(what) + " before byte " + std::to_string(reader.position());
  if (name.size() > kMaxKeyBytes)
    refuse(reader.where(), place + " has " + std::to_string(name.size()) +
                               " bytes, more than the limit of " + std::to_string(kMaxKeyBytes));
  if (!is_utf8(name)) refuse(reader.where(), place + " is not UTF-8");
  return name;
}

// Passes over `count` values, checking them.
void skip_values(ByteReader& reader, GgufType type, uint64_t count, const std::string& place,
                 int depth);

GgufValue read_value(ByteReader& reader, GgufType type, const std::string& place, int depth) {
  if (const uint64_t bytes = gguf_scalar_bytes(type)) {
    const std::span<const std::byte> value = reader.take(bytes, place);
    if (type == GgufType::kBool && std::to_integer<int>(value[0]) > 1)
      refuse(reader.where(),
             place + ": a bool of value " + std::to_string(std::to_integer<int>(value[0])));
    return {type, value};
  }
  if (type == GgufType::kString) {
    const std::string_view text = read_string(reader, place);
    return {type, std::as_bytes(std::span(text.data(), text.size()))};
  }
  if (type != GgufType::kArray)
    refuse(reader.where(), place + ": unknown type " + std::to_string(static_cast<uint32_t>(type)));
  if (depth == kMaxArrayDepth)
    refuse(reader.where(),
           place + ": arrays nested deeper than " + std::to_string(kMaxArrayDepth) + " levels");
  const auto element = static_cast<GgufType>(reader.number<uint32_t>(place));
  const auto count = reader.number<uint64_t>(place);
  const uint64_t begin = reader.position();
  skip_values(reader, element, count, place, depth + 1);
  return {type, reader.since(begin), element, count};
}

void skip_values(ByteReader& reader, GgufType type, uint64_t count, const std::string& place,
                 int depth) {
  // Strings have at least a length, arrays a type and a length.
  const uint64_t scalar = gguf_scalar_bytes(type);
  const uint64_t smallest = scalar ? scalar : type == GgufType::kString ? 8 : 12;
  if (count > reader.left() / smallest)
    refuse(reader.where(), place + ": an array of " + std::to_string(count) + " values of type " +
                               std::string(gguf_type_name(type)) + " is more than the " +
                               std::to_string(reader.left()) + " bytes that are left can hold");
  if (scalar && type != GgufType::kBool) {
    reader.take(count * scalar, place);
    return;
  }
  for (uint64_t i = 0; i < count; ++i) read_value(reader, type, place, depth);
}

GgufMetadata read_metadata(ByteReader& reader, uint64_t count) {
  GgufMetadata metadata(reader.where());
  for (uint64_t i = 0; i < count; ++i) {
    const std::string_view key = read_name(reader, "a metadata key");
    const std::string place = "metadata " + quote_text(key);
    if (metadata.find(key)) refuse(reader.where(), place + " is there twice");
    const auto type = static_cast<GgufType>(reader.number<uint32_t>(place));
    metadata.add(key, read_value(reader, type, place, 0));
  }
  return metadata;
}

uint64_t read_alignment(const GgufMetadata& metadata) {
  constexpr std::string_view kKey = "general.alignment";
  const GgufValue* value = metadata.find(kKey);
  if (!value) return kGgufDefaultAlignment;
  const int64_t alignment = value->as_int64(metadata.place(kKey));
  if (alignment < 1 || !std::has_single_bit(static_cast<uint64_t>(alignment)) ||
      alignment > (int64_t{1} << 30))
    refuse(metadata.place(kKey), std::to_string(alignment) + " is no power of two up to 2^30");
  return static_cast<uint64_t>(alignment);
}

struct Extent {
  uint64_t begin, end;  // within the data
  const std::string* name;
};

// A tensor without its data yet.
GgufTensor read_tensor(ByteReader& reader, const std::string& place) {
  GgufTensor tensor;
  const auto rank = reader.number<uint32_t>(place);
  if (rank > kGgufMaxRank)
    refuse(reader.where(), place + " has " + std::to_string(rank) + " dimensions; at most " +
                               std::to_string(kGgufMaxRank) + " are possible");
  for (uint32_t i = 0; i < rank; ++i) {
    const auto dimension = reader.number<uint64_t>(place);
    if (!std::in_range<int64_t>(dimension))
      refuse(reader.where(), place + ": dimension " + std::to_string(dimension) + " is too large");
    tensor.shape.insert(tensor.shape.begin(), static_cast<int64_t>(dimension));
  }
  const auto type = reader.number<uint32_t>(place);
  const std::optional<TensorEncoding> encoding = encoding_of(type);
  if (!encoding) refuse(reader.where(), place + ": unknown ggml type " + std::to_string(type));
  tensor.encoding = *encoding;
  return tensor;
}

uint64_t bytes_of(const GgufTensor& tensor, const std::string& where, const std::string& place) {
  if (const auto bytes = encoded_bytes(tensor.encoding, tensor.shape)) return *bytes;
  const BlockFormat* blocks = tensor.encoding.blocks;
  const int64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (!element_count(tensor.shape) || !blocks || row % blocks->elements == 0)
    refuse(where, place + ": its size overflows 64 bits");
  refuse(where, place + ": rows of " + std::to_string(row) + " elements are no whole blocks of " +
                    std::string(blocks->name) + ", which have " + std::to_string(blocks->elements));
}

void check_overlaps(std::vector<Extent>& extents, const std::string& where) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  for (size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end)
      refuse(where, "tensors " + quote_text(*extents[i - 1].name) + " and " +
                        quote_text(*extents[i].name) + " overlap");
  }
}

void check_version(uint32_t version, const std::string& where) {
  if (version == 2 || version == 3) return;
  if (version == 1)
    refuse(where, "GGUF version 1 is not read; convert the model again with a current llama.cpp");
  if ((version & 0xffff) == 0)
    refuse(where, "a big-endian GGUF file; convert the model again for a little-endian machine");
  refuse(where, "GGUF version " + std::to_string(version) + " is not known; 2 and 3 are read");
}

void check_count(uint64_t count, uint64_t smallest, std::string_view what,
                 const ByteReader& reader) {
  if (count > reader.left() / smallest)
    refuse(reader.where(), std::to_string(count) + " " + std::string(what) + " are more than the " +
                               std::to_string(reader.left()) + " bytes that are left can hold; " +
                               "the file is damaged or incomplete: fetch or save it again");
}

}  // namespace

void GgufMetadata::add(std::string_view key, GgufValue value) {
  index_.emplace(key, entries_.size());
  entries_.push_back({key, value});
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &entries_[found->second].value;
}

const GgufValue& GgufMetadata::at(std::string_view key) const {
  if (const GgufValue* value = find(key)) return *value;
  throw Error(ErrorKind::kInput, place(key) + " is missing");
}

std::string GgufMetadata::place(std::string_view key) const {
  return where_ + ": metadata " + quote_text(key);
}

GgufContents parse_gguf(std::span<const std::byte> file, const std::string& where) {
  ByteReader reader(file, where);
  if (reader.left() < kGgufMagic.size() || reader.text(kGgufMagic.size(), "") != kGgufMagic)
    refuse(where, "not a GGUF file: it does not begin with \"GGUF\"");
  GgufContents contents;
  contents.version = reader.number<uint32_t>("the version");
  check_version(contents.version, where);
  const auto tensors = reader.number<uint64_t>("the number of tensors");
  const auto entries = reader.number<uint64_t>("the number of metadata entries");
  check_count(tensors, kSmallestTensor, "tensors", reader);
  check_count(entries, kSmallestEntry, "metadata entries", reader);
  contents.metadata = read_metadata(reader, entries);
  contents.alignment = read_alignment(contents.metadata);

  std::vector<Extent> extents;
  std::vector<GgufTensor*> in_order;
  for (uint64_t i = 0; i < tensors; ++i) {
    const std::string_view name = read_name(reader, "a tensor's name");
    const std::string place = "tensor " + quote_text(name);
    const GgufTensor tensor = read_tensor(reader, place);
    const auto [entry, fresh] = contents.tensors.emplace(name, tensor);
    if (!fresh) refuse(where, place + " is there twice");
    const auto offset = reader.number<uint64_t>(place);
    if (offset % contents.alignment != 0)
      refuse(where, place + ": offset " + std::to_string(offset) +
                        " is no multiple of the alignment " + std::to_string(contents.alignment));
    const uint64_t bytes = bytes_of(tensor, where, place);
    if (offset > file.size() || bytes > file.size() - offset)
      refuse(where, place + ": " + std::to_string(bytes) + " bytes at offset " +
                        std::to_string(offset) + " reach past the end of the file");
    extents.push_back({offset, offset + bytes, &entry->first});
    in_order.push_back(&entry->second);
  }

  const uint64_t padding =
      (contents.alignment - reader.position() % contents.alignment) % contents.alignment;
  // A file of metadata alone may end without the padding.
  const std::span<const std::byte> data =
      file.subspan(reader.position() + std::min(padding, reader.left()));
  for (size_t i = 0; i < extents.size(); ++i) {
    const auto [begin, end, name] = extents[i];
    if (end > data.size())
      refuse(where, "tensor " + quote_text(*name) + ": bytes " + std::to_string(begin) + " to " +
                        std::to_string(end) + " reach past the end of the data, which has " +
                        std::to_string(data.size()) +
                        "; the file is damaged or incomplete: fetch or save it again");
    in_order[i]->data = data.subspan(begin, end - begin);
  }
  check_overlaps(extents, where);
  return contents;
}

std::optional<uint32_t> ggml_type(const TensorEncoding& encoding) {
  if (encoding.blocks) return encoding.blocks->ggml_type;
  for (const DenseType& dense : kDenseTypes)
    if (dense.dtype == encoding.dtype) return dense.ggml_type;
  return std::nullopt;
}

GgufFile::GgufFile(const std::filesystem::path& path)
    : file_(path), contents_(parse_gguf(file_.bytes(), path.string())) {}

}  // namespace lmos
