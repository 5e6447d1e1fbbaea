#include "formats/gguf_writer.h"

#include <set>

#include "errors/error.h"
#include "formats/gguf.h"
#include "formats/little_endian.h"
#include "formats/quote.h"
#include "formats/tensor_view.h"

namespace lmos {
namespace {

constexpr uint32_t kVersion = 3;

uint64_t padding(uint64_t bytes) {
  return (kGgufDefaultAlignment - bytes % kGgufDefaultAlignment) % kGgufDefaultAlignment;
}

uint64_t bytes_of(const EncodedTensorSpec& tensor) {
  const auto bytes = encoded_bytes(tensor.encoding, tensor.shape);
  if (bytes && tensor.shape.size() <= kGgufMaxRank && ggml_type(tensor.encoding)) return *bytes;
  throw Error(ErrorKind::kInput, "tensor " + quote_text(tensor.name) + " of shape " +
                                     shape_text(tensor.shape) + " and type " +
                                     encoding_name(tensor.encoding) + " has no place in GGUF");
}

std::vector<AppendOrder::Item> items_of(const std::vector<EncodedTensorSpec>& tensors) {
  std::vector<AppendOrder::Item> items;
  for (const EncodedTensorSpec& tensor : tensors) items.push_back({tensor.name, bytes_of(tensor)});
  return items;
}

void append_text(std::string_view text, std::string& out) {
  append_little_endian(uint64_t{text.size()}, out);
  out += text;
}

std::string header_of(const std::vector<EncodedTensorSpec>& tensors,
                      const GgufMetadataBuilder& metadata) {
  std::string header(kGgufMagic);
  append_little_endian(kVersion, header);
  append_little_endian(uint64_t{tensors.size()}, header);
  append_little_endian(metadata.count(), header);
  header += metadata.bytes();
  std::set<std::string_view> names;
  uint64_t offset = 0;
  for (const EncodedTensorSpec& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw Error(ErrorKind::kInternal, "tensor " + quote_text(tensor.name) + " is declared twice");
    append_text(tensor.name, header);
    append_little_endian(static_cast<uint32_t>(tensor.shape.size()), header);
    for (size_t i = tensor.shape.size(); i-- > 0;)
      append_little_endian(static_cast<uint64_t>(tensor.shape[i]), header);
    append_little_endian(*ggml_type(tensor.encoding), header);
    append_little_endian(offset, header);
    const uint64_t bytes = bytes_of(tensor);
    offset += bytes + padding(bytes);
  }
  header.append(padding(header.size()), '\0');
  return header;
}

}  // namespace

GgufWriter::GgufWriter(const std::filesystem::path& path, const GgufMetadataBuilder& metadata,
                       std::vector<EncodedTensorSpec> tensors)
    : tensors_(std::move(tensors)), order_(items_of(tensors_)), file_(path) {
  file_.write(header_of(tensors_, metadata));
}

void GgufWriter::append(std::string_view name, std::span<const std::byte> data) {
  if (data.empty()) return;
  const bool finished = order_.accept(name, data.size());
  file_.write(data);
  written_ += data.size();
  if (!finished) return;
  const std::string zeros(padding(written_), '\0');
  file_.write(zeros);
  written_ += zeros.size();
}

void GgufWriter::commit() {
  order_.check_complete();
  file_.commit();
}

}  // namespace lmos
