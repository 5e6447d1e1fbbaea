// Reading a GGUF file, the format of llama.cpp.
//
// Layout, little-endian: "GGUF"; u32 version; u64 tensors; u64 metadata entries; the entries, each
// {string key; u32 type; value}; the tensors, each {string name; u32 rank; u64 dimensions[rank],
// the innermost first; u32 ggml type; u64 offset}; padding; the data. A string is {u64 bytes;
// text}. Offsets count from the beginning of the data and, like it, are multiples of
// general.alignment. Versions 2 and 3 are laid out alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf_value.h"
#include "formats/mapped_file.h"
#include "formats/tensor_encoding.h"

namespace lmos {

inline constexpr std::string_view kGgufMagic = "GGUF";
inline constexpr uint64_t kGgufDefaultAlignment = 32;
inline constexpr uint32_t kGgufMaxRank = 4;

// In the file's order; keys are unique UTF-8.
class GgufMetadata {
 public:
  struct Entry {
    std::string_view key;
    GgufValue value;
  };

  // `where`: the file's name, for at() and place().
  explicit GgufMetadata(std::string where = {}) : where_(std::move(where)) {}
  void add(std::string_view key, GgufValue value);

  const std::vector<Entry>& entries() const { return entries_; }
  // Null when there is none.
  const GgufValue* find(std::string_view key) const;
  // Error(kInput) naming the file and the key when there is none.
  const GgufValue& at(std::string_view key) const;
  // `FILE: metadata "KEY"`, what the functions of a value take as `where`.
  std::string place(std::string_view key) const;

 private:
  std::string where_;
  std::vector<Entry> entries_;
  std::map<std::string_view, size_t> index_;
};

// Views into the parsed bytes.
struct GgufTensor {
  TensorEncoding encoding;
  std::vector<int64_t> shape;  // row-major: the innermost dimension last; empty for a scalar
  std::span<const std::byte> data;
};

struct GgufContents {
  uint32_t version = 0;
  uint64_t alignment = kGgufDefaultAlignment;
  GgufMetadata metadata;
  std::map<std::string, GgufTensor, std::less<>> tensors;
};

// Checks everything before it returns: counts and lengths against the file, known types, unique
// names in UTF-8, nesting of arrays, shapes, whole blocks, aligned offsets, extents within the file
// that do not overlap. Error(kInput) beginning with `where`, naming the entry or tensor. Allocates
// in proportion to the part of the file before the data.
GgufContents parse_gguf(std::span<const std::byte> file, const std::string& where);

// ggml's number of an encoding, as tensors carry it; nothing for what GGUF has no type for.
std::optional<uint32_t> ggml_type(const TensorEncoding& encoding);

// A mapped file and its contents, without a copy. Any thread may read; views live as long as the
// object, also across a move.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& path);

  const GgufContents& contents() const { return contents_; }
  const GgufMetadata& metadata() const { return contents_.metadata; }
  uint64_t bytes() const { return file_.size(); }

 private:
  MappedFile file_;
  GgufContents contents_;
};

}  // namespace lmos
