#include "node.h"

namespace lmos::reference {
namespace {

uint64_t dtype_bytes(lmos_dtype dtype) {
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

const char* dtype_name(lmos_dtype dtype) {
  switch (dtype) {
    case LMOS_F64:
      return "f64";
    case LMOS_F32:
      return "f32";
    case LMOS_BF16:
      return "bf16";
    case LMOS_F16:
      return "f16";
    case LMOS_I64:
      return "i64";
    case LMOS_I32:
      return "i32";
    case LMOS_I8:
      return "i8";
    case LMOS_U8:
      return "u8";
    case LMOS_F8_E4M3:
      return "f8_e4m3";
    default:
      return "absent";
  }
}

Tensor read_tensor(const lmos_tensor_info& info) {
  Tensor tensor;
  if (info.dtype == 0) return tensor;
  tensor.dtype = info.dtype;
  uint64_t size = dtype_bytes(info.dtype);
  if (size == 0) throw Invalid("dtype " + std::to_string(info.dtype) + " is not of an operation");
  if (info.rank > LMOS_MAX_RANK) throw Invalid("rank " + std::to_string(info.rank));
  tensor.dims.assign(info.dims, info.dims + info.rank);
  tensor.elements = 1;
  for (int64_t dim : tensor.dims) {
    if (dim < 0) throw Invalid("a dimension is negative or a symbol");
    if (__builtin_mul_overflow(tensor.elements, dim, &tensor.elements)) {
      throw Invalid("a tensor's size overflows");
    }
  }
  if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.elements), size, &tensor.bytes)) {
    throw Invalid("a tensor's size overflows");
  }
  return tensor;
}

// Element `i` of an array of structs that carry their stride in the first one's struct_size.
template <class Struct>
const Struct& element(const Struct* array, uint64_t i) {
  return *reinterpret_cast<const Struct*>(reinterpret_cast<const char*>(array) +
                                          i * array->struct_size);
}

template <class Struct>
void check_stride(const Struct* array, uint64_t count) {
  if (count > 0 && array->struct_size < sizeof(Struct)) {
    throw Invalid("struct_size is smaller than version 1 of the struct");
  }
}

void append(std::string& text, const Tensor& tensor) {
  text += dtype_name(tensor.dtype);
  if (!tensor.present()) return;
  text += '[';
  for (size_t i = 0; i < tensor.rank(); ++i) {
    if (i > 0) text += ',';
    text += std::to_string(tensor.dims[i]);
  }
  text += ']';
}

}  // namespace

int64_t Tensor::rows() const {
  int64_t product = 1;
  for (size_t i = 0; i + 1 < dims.size(); ++i) product *= dims[i];
  return product;
}

Node::Node(const lmos_node& node) : op_(node.op.data, node.op.size) {
  check_stride(node.inputs, node.input_count);
  check_stride(node.outputs, node.output_count);
  check_stride(node.attributes, node.attribute_count);
  try {
    for (uint64_t i = 0; i < node.input_count; ++i) {
      inputs_.push_back(read_tensor(element(node.inputs, i)));
    }
    for (uint64_t i = 0; i < node.output_count; ++i) {
      outputs_.push_back(read_tensor(element(node.outputs, i)));
    }
  } catch (const Invalid& error) {
    throw Invalid(op_ + ": " + error.what());
  }
  for (uint64_t i = 0; i < node.attribute_count; ++i) {
    const lmos_attribute& a = element(node.attributes, i);
    AttributeValue value{a.kind, a.int_value, a.float_value, {}, {}};
    if (a.kind == LMOS_ATTRIBUTE_INTS) value.integers.assign(a.ints, a.ints + a.count);
    if (a.kind == LMOS_ATTRIBUTE_FLOATS) value.numbers.assign(a.floats, a.floats + a.count);
    attributes_[std::string(a.name.data, a.name.size)] = std::move(value);
  }
}

const Node::AttributeValue& Node::attribute(std::string_view name, int32_t kind) const {
  auto found = attributes_.find(name);
  if (found == attributes_.end()) {
    throw Invalid(describe() + ": attribute `" + std::string(name) + "` is absent");
  }
  if (found->second.kind != kind) {
    throw Invalid(describe() + ": attribute `" + std::string(name) + "` is of another kind");
  }
  return found->second;
}

int64_t Node::integer(std::string_view name) const {
  return attribute(name, LMOS_ATTRIBUTE_INT).integer;
}

int64_t Node::integer(std::string_view name, int64_t otherwise) const {
  return attributes_.contains(name) ? integer(name) : otherwise;
}

double Node::number(std::string_view name) const {
  return attribute(name, LMOS_ATTRIBUTE_FLOAT).number;
}

const std::vector<int64_t>& Node::integers(std::string_view name) const {
  return attribute(name, LMOS_ATTRIBUTE_INTS).integers;
}

const std::vector<double>& Node::numbers(std::string_view name) const {
  return attribute(name, LMOS_ATTRIBUTE_FLOATS).numbers;
}

void Node::expect(bool holds, std::string_view rule) const {
  if (!holds) throw Invalid(describe() + ": needs " + std::string(rule));
}

void Node::expect_operands(size_t required, size_t optional, size_t outputs) const {
  bool fits = inputs_.size() >= required && inputs_.size() <= required + optional &&
              outputs_.size() == outputs;
  for (size_t i = 0; fits && i < required; ++i) fits = inputs_[i].present();
  for (size_t i = 0; fits && i < outputs; ++i) fits = outputs_[i].present();
  expect(fits, std::to_string(required) + " inputs, " + std::to_string(optional) +
                   " more optional, and " + std::to_string(outputs) + " outputs");
}

std::string Node::describe() const {
  std::string text = op_ + '(';
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (i > 0) text += ", ";
    append(text, inputs_[i]);
  }
  text += ") -> ";
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (i > 0) text += ", ";
    append(text, outputs_[i]);
  }
  return text;
}

}  // namespace lmos::reference
