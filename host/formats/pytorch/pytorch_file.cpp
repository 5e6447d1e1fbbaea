#include "formats/pytorch/pytorch_file.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/pytorch/pickle.h"
#include "formats/pytorch/zip_archive.h"
#include "formats/quote.h"
#include "formats/safetensors_dtype.h"

namespace lmos {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kPickleName = "data.pkl";
constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxNameBytes = 1024;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "archive/" of "archive/data.pkl".
std::string_view archive_prefix(const ZipEntries& entries, const std::string& where) {
  for (const auto& [name, entry] : entries) {
    if (name == kPickleName) return {};
    if (!name.ends_with(kPickleName)) continue;
    const std::string_view prefix = name.substr(0, name.size() - kPickleName.size());
    if (prefix.ends_with('/') && prefix.find('/') == prefix.size() - 1) return prefix;
  }
  refuse(where, "a zip archive without data.pkl; it is no file of torch.save");
}

const ZipEntry* find(const ZipEntries& entries, const std::string& name) {
  const auto entry = entries.find(name);
  return entry == entries.end() ? nullptr : &entry->second;
}

// True when a row-major tensor of this shape would have these strides.
bool contiguous(const PickleTensor& tensor) {
  int64_t expected = 1;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

// From the first to one past the last element in the storage; the shape has no zero. Nothing on
// overflow.
std::optional<int64_t> reach(const PickleTensor& tensor) {
  int64_t last = 0;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    int64_t steps = 0;
    if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &steps) ||
        __builtin_add_overflow(last, steps, &last))
      return std::nullopt;
  }
  if (__builtin_add_overflow(last, int64_t{1}, &last)) return std::nullopt;
  return last;
}

// Walks the containers of a pickle and collects its tensors.
class Collector {
 public:
  Collector(const Pickle& pickle, const ZipEntries& entries, std::string_view prefix,
            std::span<const std::byte> file, size_t most_visits, const std::string& where)
      : pickle_(pickle),
        entries_(entries),
        prefix_(prefix),
        file_bytes_(file.size()),
        visits_left_(most_visits),
        where_(where) {}

  PytorchContents collect() {
    visit(pickle_.root, "", 0);
    return std::move(contents_);
  }

 private:
  void visit(uint32_t index, const std::string& name, size_t depth) {
    if (depth > kMaxDepth)
      refuse(where_, "containers nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (visits_left_-- == 0) refuse(where_, "containers that hold each other too often");
    if (name.size() > kMaxNameBytes)
      refuse(where_, "a tensor's name has more than " + std::to_string(kMaxNameBytes) + " bytes");
    const PickleValue& value = pickle_.values[index];
    switch (value.kind) {
      case Kind::kTensor:
        return add(name, pickle_.tensors[static_cast<size_t>(value.integer)]);
      case Kind::kDict:
        for (size_t i = 0; i < value.items.size(); i += 2)
          visit(value.items[i + 1], join(name, key_text(value.items[i])), depth + 1);
        return;
      case Kind::kTuple:
      case Kind::kList:
        for (size_t i = 0; i < value.items.size(); ++i)
          visit(value.items[i], join(name, std::to_string(i)), depth + 1);
        return;
      default:
        ++contents_.other_values;
    }
  }

  static std::string join(const std::string& name, std::string_view key) {
    return name.empty() ? std::string(key) : name + "." + std::string(key);
  }

  // A key that is neither text nor an integer cannot lead to a tensor that anybody could name.
  std::string key_text(uint32_t index) const {
    const PickleValue& key = pickle_.values[index];
    if (key.kind == Kind::kText) return std::string(key.text.substr(0, kMaxNameBytes + 1));
    if (key.kind == Kind::kInteger) return std::to_string(key.integer);
    return "?";
  }

  void add(const std::string& name, const PickleTensor& tensor) {
    const std::string place = where_ + ": tensor " + quote_text(name);
    if (name.empty()) refuse(where_, "one tensor without a name; save a dictionary of tensors");
    StoredTensor stored = read(tensor, place);
    if (!contents_.tensors.emplace(name, std::move(stored)).second)
      refuse(place, "there is another of this name");
  }

  std::span<const std::byte> storage_bytes(const PickleStorage& storage, uint64_t element_bytes,
                                           const std::string& place) const {
    const std::string name = std::string(prefix_) + "data/" + std::string(storage.key);
    const ZipEntry* entry = find(entries_, name);
    if (!entry)
      refuse(place, "its storage " + quote_text(name) + " is missing; the file is damaged");
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(storage.elements), element_bytes, &bytes) ||
        bytes > entry->data.size())
      refuse(place, "its storage " + quote_text(name) + " should have " +
                        std::to_string(storage.elements) + " elements but has " +
                        std::to_string(entry->data.size()) + " bytes");
    return entry->data.first(bytes);
  }

  StoredTensor read(const PickleTensor& tensor, const std::string& place) const {
    const PickleStorage& storage = pickle_.storages[tensor.storage];
    const uint64_t element = dtype_bytes(tensor.dtype);
    const std::span<const std::byte> bytes =
        storage_bytes(storage, storage.dtype ? element : 1, place);
    StoredTensor result{{tensor.dtype, nullptr}, tensor.shape, {}};
    const std::optional<uint64_t> size = encoded_bytes(result.encoding, tensor.shape);
    if (!size) refuse(place, "its size overflows 64 bits");
    if (*size == 0) return result;
    const std::optional<int64_t> elements = reach(tensor);
    const uint64_t held = bytes.size() / element;
    if (!elements || static_cast<uint64_t>(*elements) > held ||
        static_cast<uint64_t>(tensor.offset) > held - static_cast<uint64_t>(*elements))
      refuse(place, "shape " + shape_text(tensor.shape) + ", strides " +
                        shape_text(tensor.strides) + " and offset " +
                        std::to_string(tensor.offset) + " reach past its storage of " +
                        std::to_string(held) + " elements");
    // A step of 0 repeats elements without end.
    if (*size > file_bytes_)
      refuse(place, "an expanded view of " + std::to_string(*size) +
                        " bytes is larger than the file; save it with .contiguous()");
    result.data = bytes.subspan(static_cast<uint64_t>(tensor.offset) * element,
                                static_cast<uint64_t>(*elements) * element);
    if (!contiguous(tensor)) {
      for (size_t i = 0; i < tensor.shape.size(); ++i)
        result.walk.push_back({tensor.shape[i], tensor.strides[i]});
    }
    return result;
  }

  const Pickle& pickle_;
  const ZipEntries& entries_;
  std::string_view prefix_;
  uint64_t file_bytes_;
  size_t visits_left_;
  const std::string& where_;
  PytorchContents contents_;
};

}  // namespace

bool looks_like_pytorch(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  return text.starts_with("PK\x03\x04") || text.starts_with("\x80\x02");
}

PytorchContents parse_pytorch(std::span<const std::byte> file, const std::string& where) {
  const std::string_view text = as_text(file);
  if (text.starts_with("\x80\x02"))
    refuse(where,
           "a bare pickle, as PyTorch wrote before 1.6; load it with torch and save it again with "
           "torch.save, which writes a zip archive now");
  const ZipEntries entries = parse_zip(file, where);
  const std::string_view prefix = archive_prefix(entries, where);
  const std::string name = std::string(prefix) + std::string(kPickleName);
  if (find(entries, std::string(prefix) + "constants.pkl"))
    refuse(where,
           "a TorchScript program; save the weights of its model with "
           "torch.save(model.state_dict(), …)");
  const ZipEntry* order = find(entries, std::string(prefix) + "byteorder");
  if (order && as_text(order->data) != "little")
    refuse(where, "written on a big-endian machine, which is not read");
  const ZipEntry& pickled = *find(entries, name);
  check_crc32(pickled, name, where);
  const std::string place = where + ": " + name;
  const Pickle pickle = parse_pickle(pickled.data, place);
  return Collector(pickle, entries, prefix, file, pickled.data.size(), where).collect();
}

PytorchFile::PytorchFile(const std::filesystem::path& path)
    : file_(path), contents_(parse_pytorch(file_.bytes(), path.string())) {}

}  // namespace lmos
