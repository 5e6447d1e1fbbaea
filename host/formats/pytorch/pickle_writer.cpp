#include "formats/pytorch/pickle_writer.h"

#include <algorithm>
#include <utility>

#include "formats/little_endian.h"
#include "formats/pytorch/known_names.h"
#include "formats/pytorch/pickle_opcodes.h"
#include "formats/safetensors_dtype.h"

namespace lmos {
namespace {

using namespace pickle_opcode;

class PickleText {
 public:
  PickleText& operator<<(PickleOpcode opcode) {
    text_ += static_cast<char>(opcode);
    return *this;
  }
  PickleText& operator<<(std::string_view text) {
    *this << kBinUnicode;
    append_little_endian(static_cast<uint32_t>(text.size()), text_);
    text_ += text;
    return *this;
  }
  PickleText& operator<<(int64_t number) {
    if (number >= 0 && number < 256) {
      *this << kBinInt1;
      append_little_endian(static_cast<uint8_t>(number), text_);
    } else if (std::in_range<int32_t>(number)) {
      *this << kBinInt;
      append_little_endian(static_cast<int32_t>(number), text_);
    } else {
      *this << kLong1;
      append_little_endian(uint8_t{sizeof number}, text_);
      append_little_endian(number, text_);
    }
    return *this;
  }
  PickleText& operator<<(std::span<const int64_t> numbers) {
    *this << kMark;
    for (int64_t number : numbers) *this << number;
    return *this << kTuple;
  }
  void name(std::string_view module, std::string_view attribute) {
    *this << kGlobal;
    text_.append(module).append("\n").append(attribute).append("\n");
  }
  void protocol(uint8_t version) {
    *this << kProto;
    append_little_endian(version, text_);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::vector<int64_t> contiguous_strides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

void put_tensor(PickleText& out, const TensorSpec& tensor, size_t key) {
  // Newer element types have no storage type of their own.
  const std::string_view storage = torch_storage_name(tensor.dtype);
  const bool typed = !storage.empty();
  const uint64_t bytes = tensor_bytes(tensor);
  const uint64_t elements = typed ? bytes / dtype_bytes(tensor.dtype) : bytes;
  out.name("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  out << kMark;
  out << kMark << std::string_view("storage");
  if (typed) {
    out.name("torch", storage);
  } else {
    out.name("torch.storage", "UntypedStorage");
  }
  out << std::to_string(key) << std::string_view("cpu") << static_cast<int64_t>(elements) << kTuple
      << kBinPersId;
  out << int64_t{0} << std::span<const int64_t>(tensor.shape)
      << std::span<const int64_t>(contiguous_strides(tensor.shape)) << kNewFalse;
  out.name("collections", "OrderedDict");
  out << kEmptyTuple << kReduce;
  if (!typed) out.name("torch", torch_dtype_name(tensor.dtype));
  out << kTuple << kReduce;
}

}  // namespace

std::string pickle_of_tensors(std::span<const TensorSpec> tensors) {
  PickleText out;
  out.protocol(2);
  out << kEmptyDict << kMark;
  for (size_t i = 0; i < tensors.size(); ++i) {
    out << std::string_view(tensors[i].name);
    put_tensor(out, tensors[i], i);
  }
  out << kSetItems << kStop;
  return out.take();
}

}  // namespace lmos
