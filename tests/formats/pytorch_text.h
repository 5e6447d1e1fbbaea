// Files of torch.save made by hand, to test the reader apart from the writer.
#pragma once

#include <zlib.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/little_endian.h"
#include "formats/pytorch/pytorch_file.h"
#include "formats/pytorch/zip_layout.h"

namespace lmos {

struct ZipPart {
  std::string name;
  std::string data;
  uint16_t method = 0;
  uint16_t flags = 0;
  // Where they differ from the truth.
  std::string local_name = {};
  int64_t offset = -1;
  int64_t bytes = -1;
};

template <typename... Numbers>
std::string zip_numbers(Numbers... numbers) {
  std::string out;
  (append_little_endian(numbers, out), ...);
  return out;
}

inline std::string zip_file(const std::vector<ZipPart>& parts) {
  std::string file, directory;
  for (const ZipPart& part : parts) {
    const auto crc = static_cast<uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(part.data.data()), part.data.size()));
    const auto offset = static_cast<uint32_t>(part.offset < 0 ? file.size() : part.offset);
    const auto bytes = static_cast<uint32_t>(part.bytes < 0 ? part.data.size() : part.bytes);
    const std::string& local = part.local_name.empty() ? part.name : part.local_name;
    file += zip_numbers(kZipLocalHeader, uint16_t{20}, part.flags, part.method, uint32_t{0}, crc,
                        bytes, bytes, static_cast<uint16_t>(local.size()), uint16_t{0}) +
            local + part.data;
    directory +=
        zip_numbers(kZipDirectoryEntry, uint16_t{20}, uint16_t{20}, part.flags, part.method,
                    uint32_t{0}, crc, bytes, bytes, static_cast<uint16_t>(part.name.size()),
                    uint16_t{0}, uint16_t{0}, uint16_t{0}, uint16_t{0}, uint32_t{0}, offset) +
        part.name;
  }
  const auto count = static_cast<uint16_t>(parts.size());
  const auto begin = static_cast<uint32_t>(file.size());
  return file + directory +
         zip_numbers(kZipEndRecord, uint16_t{0}, uint16_t{0}, count, count,
                     static_cast<uint32_t>(directory.size()), begin, uint16_t{0});
}

// ---- pickles: each function gives opcodes that leave one value on the stack ----

inline std::string pickled(std::string_view opcodes) {
  return std::string("\x80\x02") + std::string(opcodes) + ".";
}
inline std::string pickle_text(std::string_view text) {
  return "X" + zip_numbers(static_cast<uint32_t>(text.size())) + std::string(text);
}
inline std::string pickle_integer(int64_t number) {
  return std::string("\x8a\x08") + zip_numbers(number);
}
inline std::string pickle_tuple(const std::vector<int64_t>& numbers) {
  std::string out = "(";
  for (int64_t number : numbers) out += pickle_integer(number);
  return out + "t";
}
inline std::string pickle_storage(std::string_view type, std::string_view key, int64_t elements) {
  return "(" + pickle_text("storage") + "ctorch\n" + std::string(type) + "\n" + pickle_text(key) +
         pickle_text("cpu") + pickle_integer(elements) + "tQ";
}
inline std::string pickle_tensor(const std::string& storage, int64_t offset,
                                 const std::vector<int64_t>& shape,
                                 const std::vector<int64_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + pickle_integer(offset) +
         pickle_tuple(shape) + pickle_tuple(strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}
// A dictionary; `items`: keys and values in turn.
inline std::string pickle_dict(const std::vector<std::string>& items) {
  std::string out = "}(";
  for (const std::string& item : items) out += item;
  return out + "u";
}

// An archive with this pickle and these storages, whose keys are 0, 1, ….
inline std::string pytorch_file(const std::string& pickle,
                                const std::vector<std::string>& storages) {
  std::vector<ZipPart> parts{{"a/data.pkl", pickle}, {"a/byteorder", "little"}};
  for (size_t i = 0; i < storages.size(); ++i)
    parts.push_back({"a/data/" + std::to_string(i), storages[i]});
  return zip_file(parts);
}

inline PytorchContents parse_pytorch_text(const std::string& file) {
  return parse_pytorch(std::as_bytes(std::span(file)), "a.pt");
}

}  // namespace lmos
