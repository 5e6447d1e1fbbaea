// Python's pickles, as far as they hold tensors and plain containers: nothing is ever called or
// imported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/types.h"

namespace lmos {

// What a pickle holds. Values refer to each other by their index in Pickle::values, and may do so
// in circles.
struct PickleValue {
  enum class Kind : uint8_t {
    kNone,
    kBool,     // integer
    kInteger,  // integer
    kReal,     // real
    kText,     // text, UTF-8
    kBytes,    // text
    kTuple,    // items
    kList,     // items
    kDict,     // items: key, value, key, value, …
    kGlobal,   // integer: a row of a table of known names
    kStorage,  // integer: index in Pickle::storages
    kTensor,   // integer: index in Pickle::tensors
    kOpaque,   // something harmless that nobody asks for, such as a device or a huge integer
  };
  Kind kind = Kind::kNone;
  int64_t integer = 0;
  double real = 0;
  std::string_view text = {};  // a view into the pickle
  std::vector<uint32_t> items = {};
};

struct PickleStorage {
  std::string_view key;             // names a file of the archive
  std::optional<lmos_dtype> dtype;  // none: bytes that get their type from the tensor
  int64_t elements;                 // >= 0; bytes where there is no dtype
};

struct PickleTensor {
  uint32_t storage;
  lmos_dtype dtype;
  int64_t offset;  // elements, >= 0
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // elements, each >= 0, as many as dimensions
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  uint32_t root = 0;
};

// Bounds what a pickle may make this process allocate: about a hundred times as much.
inline constexpr size_t kMaxPickleBytes = 64 << 20;

// Protocols 2 to 5. Knows the names by which torch.save stores tensors, parameters and ordered
// dictionaries; any other is refused. Error(kInput) "WHERE: byte N: …". Allocates in proportion to
// the pickle; recursion-free.
Pickle parse_pickle(std::span<const std::byte> pickle, const std::string& where);

}  // namespace lmos
