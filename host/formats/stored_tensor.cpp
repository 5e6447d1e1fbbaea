#include "formats/stored_tensor.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/element_conversion.h"
#include "formats/quote.h"
#include "formats/safetensors_dtype.h"

namespace lmos {
namespace {

// A multiple of every block's elements.
constexpr int64_t kPieceElements = 256 * 1024;

struct Unit {
  int64_t elements;
  uint64_t bytes;
};

// The smallest piece of an encoding that stands by itself.
Unit unit_of(const TensorEncoding& encoding) {
  if (encoding.blocks) return {encoding.blocks->elements, encoding.blocks->bytes};
  return {1, dtype_bytes(encoding.dtype)};
}

uint64_t bytes_of(const TensorEncoding& encoding, int64_t elements) {
  const Unit unit = unit_of(encoding);
  return static_cast<uint64_t>(elements / unit.elements) * unit.bytes;
}

// Splits a walk into an outer walk and runs of elements that lie side by side.
int64_t take_run(std::vector<WalkAxis>& walk) {
  int64_t run = 1;
  while (!walk.empty() && (walk.back().stride == run || walk.back().size == 1)) {
    run *= walk.back().size;
    walk.pop_back();
  }
  return run;
}

// Calls `visit(offset)` for the first element of every run, in order.
template <typename Visit>
void each_run(const std::vector<WalkAxis>& outer, Visit visit) {
  std::vector<int64_t> index(outer.size(), 0);
  int64_t offset = 0;
  while (true) {
    visit(offset);
    size_t axis = outer.size();
    while (axis > 0) {
      --axis;
      offset += outer[axis].stride;
      if (++index[axis] < outer[axis].size) break;
      offset -= outer[axis].size * outer[axis].stride;
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (outer.empty()) return;
  }
}

// Gathers stored elements into pieces, so that conversion sees long arrays.
class Pieces {
 public:
  Pieces(const TensorEncoding& from, const TensorEncoding& target,
         const std::function<void(std::span<const std::byte>)>& sink)
      : from_(from), converter_(from, target), sink_(sink) {}

  // Of elements that lie side by side.
  void add(std::span<const std::byte> data, int64_t elements) {
    while (elements > 0) {
      const int64_t count = std::min(elements, kPieceElements - gathered_);
      const uint64_t bytes = bytes_of(from_, count);
      if (count == kPieceElements) {
        sink_(converter_.convert(data.first(bytes), count));
      } else {
        piece_.insert(piece_.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(bytes));
        gathered_ += count;
        if (gathered_ == kPieceElements) flush();
      }
      data = data.subspan(bytes);
      elements -= count;
    }
  }
  void flush() {
    if (gathered_ > 0) sink_(converter_.convert(piece_, gathered_));
    piece_.clear();
    gathered_ = 0;
  }

 private:
  TensorEncoding from_;
  ElementConverter converter_;
  const std::function<void(std::span<const std::byte>)>& sink_;
  std::vector<std::byte> piece_;
  int64_t gathered_ = 0;
};

// All blocks, decoded where they lie.
std::vector<float> decoded(const StoredTensor& tensor) {
  const BlockFormat& blocks = *tensor.encoding.blocks;
  std::vector<float> values(tensor.data.size() / blocks.bytes * blocks.elements);
  blocks.decode(tensor.data, values);
  return values;
}

}  // namespace

int64_t StoredTensor::elements() const { return element_count(shape).value_or(0); }

StoredTensor stored(const TensorView& tensor) {
  return {{tensor.dtype, nullptr}, tensor.shape, tensor.data};
}

StoredTensor reshaped(StoredTensor tensor, std::vector<int64_t> shape) {
  tensor.shape = std::move(shape);
  return tensor;
}

StoredTensor permuted(StoredTensor tensor, std::span<const int64_t> axes,
                      std::span<const size_t> order, std::vector<int64_t> shape) {
  std::vector<int64_t> strides(axes.size(), 1);
  for (size_t i = axes.size(); i-- > 1;) strides[i - 1] = strides[i] * axes[i];
  for (const size_t axis : order) tensor.walk.push_back({axes[axis], strides[axis]});
  tensor.shape = std::move(shape);
  return tensor;
}

bool converts(const TensorEncoding& from, const TensorEncoding& target) {
  return from == target || ElementConverter::possible(from, target);
}

void read_tensor(const StoredTensor& tensor, const TensorEncoding& target, std::string_view name,
                 const std::function<void(std::span<const std::byte>)>& sink) {
  const auto check = [&](bool possible) {
    if (!possible)
      throw Error(ErrorKind::kInput, "tensor " + quote_text(name) + " of type " +
                                         encoding_name(tensor.encoding) + " cannot be had as " +
                                         encoding_name(target));
  };
  check(converts(tensor.encoding, target));
  if (tensor.elements() == 0) return;
  if (tensor.walk.empty() && tensor.encoding == target) {
    sink(tensor.data);
    return;
  }
  std::vector<WalkAxis> outer = tensor.walk;
  const int64_t run = tensor.walk.empty() ? tensor.elements() : take_run(outer);
  const int64_t unit = unit_of(tensor.encoding).elements;
  const bool cuts_blocks = run % unit != 0 || std::ranges::any_of(outer, [&](const WalkAxis& axis) {
                             return axis.stride % unit != 0;
                           });
  if (cuts_blocks) {
    check(ElementConverter::possible(tensor.encoding, target));
    const std::vector<float> values = decoded(tensor);
    StoredTensor dense = tensor;
    dense.encoding = {LMOS_F32, nullptr};
    dense.data = std::as_bytes(std::span(values));
    read_tensor(dense, target, name, sink);
    return;
  }
  Pieces pieces(tensor.encoding, target, sink);
  each_run(outer, [&](int64_t offset) {
    pieces.add(
        tensor.data.subspan(bytes_of(tensor.encoding, offset), bytes_of(tensor.encoding, run)),
        run);
  });
  pieces.flush();
}

}  // namespace lmos
