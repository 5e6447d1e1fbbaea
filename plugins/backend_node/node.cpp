#include "backend_node/node.h"

#include <algorithm>

#include "llmasos/error.hpp"
#include "llmasos/text.hpp"

namespace lmos::backend_node {
namespace {

int32_t element_bytes(lmos_dtype dtype) {
  switch (dtype) {
    case LMOS_F64:
    case LMOS_I64:
      return 8;
    case LMOS_F32:
    case LMOS_I32:
      return 4;
    case LMOS_BF16:
    case LMOS_F16:
      return 2;
    case LMOS_I8:
    case LMOS_U8:
    case LMOS_F8_E4M3:
      return 1;
    default:
      return 0;
  }
}

// Element i of an array of structs whose stride is the first one's struct_size.
template <class Struct>
const Struct& element(const Struct* array, uint64_t i) {
  return *reinterpret_cast<const Struct*>(reinterpret_cast<const char*>(array) +
                                          i * array->struct_size);
}

Tensor read(const lmos_tensor_info& info) {
  Tensor tensor;
  tensor.dtype = info.dtype;
  if (info.dtype == 0) return tensor;
  tensor.element_bytes = element_bytes(info.dtype);
  tensor.dims = {info.dims, std::min<uint32_t>(info.rank, LMOS_MAX_RANK)};
  tensor.elements = 1;
  for (const int64_t dim : tensor.dims) tensor.elements *= dim;
  return tensor;
}

// Whether `read` gives a tensor whose numbers of elements and bytes fit their types.
bool well_formed(const lmos_tensor_info& info) {
  if (info.dtype == 0) return true;
  int64_t bytes = element_bytes(info.dtype);
  if (bytes == 0 || info.rank > LMOS_MAX_RANK) return false;
  for (uint32_t i = 0; i < info.rank; ++i) {
    if (info.dims[i] < 0 || __builtin_mul_overflow(bytes, info.dims[i], &bytes)) return false;
  }
  return true;
}

}  // namespace

int64_t Tensor::rows() const {
  int64_t product = 1;
  for (size_t i = 0; i + 1 < dims.size(); ++i) product *= dims[i];
  return product;
}

bool Tensor::has_dims(std::initializer_list<int64_t> wanted) const {
  return std::equal(dims.begin(), dims.end(), wanted.begin(), wanted.end());
}

bool Tensor::same_dims(const Tensor& other) const {
  return std::equal(dims.begin(), dims.end(), other.dims.begin(), other.dims.end());
}

Node::Node(const lmos_node& node) : node_(node) {
  bool valid = true;
  for (size_t i = 0; i < inputs(); ++i) valid = valid && well_formed(element(node.inputs, i));
  for (size_t i = 0; i < outputs(); ++i) valid = valid && well_formed(element(node.outputs, i));
  if (!valid) {
    throw sdk::invalid(
        std::string(op()) +
        ": a tensor has an unknown dtype, or a dimension that is no number or too large");
  }
}

std::string_view Node::op() const { return sdk::view(node_.op); }
Tensor Node::input(size_t i) const { return read(element(node_.inputs, i)); }
Tensor Node::output(size_t i) const { return read(element(node_.outputs, i)); }

const lmos_attribute* Node::find(std::string_view name, int32_t kind) const {
  for (uint64_t i = 0; i < node_.attribute_count; ++i) {
    const lmos_attribute& attribute = element(node_.attributes, i);
    if (sdk::view(attribute.name) == name && attribute.kind == kind) return &attribute;
  }
  return nullptr;
}

const lmos_attribute& Node::get(std::string_view name, int32_t kind) const {
  const lmos_attribute* attribute = find(name, kind);
  if (attribute == nullptr) {
    throw sdk::invalid(std::string(op()) + ": attribute `" + std::string(name) +
                       "` is absent or of another kind");
  }
  return *attribute;
}

int64_t Node::integer(std::string_view name) const {
  return get(name, LMOS_ATTRIBUTE_INT).int_value;
}

int64_t Node::integer_or(std::string_view name, int64_t otherwise) const {
  const lmos_attribute* attribute = find(name, LMOS_ATTRIBUTE_INT);
  return attribute == nullptr ? otherwise : attribute->int_value;
}

double Node::number(std::string_view name) const {
  return get(name, LMOS_ATTRIBUTE_FLOAT).float_value;
}

std::span<const int64_t> Node::integers(std::string_view name) const {
  const lmos_attribute& attribute = get(name, LMOS_ATTRIBUTE_INTS);
  return {attribute.ints, attribute.count};
}

std::span<const double> Node::numbers(std::string_view name) const {
  const lmos_attribute& attribute = get(name, LMOS_ATTRIBUTE_FLOATS);
  return {attribute.floats, attribute.count};
}

void Node::require(bool holds, std::string_view need) const {
  if (!holds) throw sdk::unsupported(std::string(op()) + ": its kernels need " + std::string(need));
}

void Node::require_unquantized() const {
  bool quantized = false;
  for (size_t i = 0; i < inputs(); ++i) quantized = quantized || input(i).is_quantized();
  for (size_t i = 0; i < outputs(); ++i) quantized = quantized || output(i).is_quantized();
  require(!quantized, "operands that are not quantised");
}

void Node::require_operands(size_t required, size_t optional, size_t output_count) const {
  bool fits = inputs() >= required && inputs() <= required + optional && outputs() == output_count;
  for (size_t i = 0; fits && i < required; ++i) fits = input(i).dtype != 0;
  for (size_t i = 0; fits && i < output_count; ++i) fits = output(i).dtype != 0;
  require(fits, std::to_string(required) + " inputs, up to " + std::to_string(optional) +
                    " more, and " + std::to_string(output_count) + " outputs");
}

}  // namespace lmos::backend_node
