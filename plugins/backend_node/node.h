// A node of lmos.backend/1, read in place: valid during the call that it came with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "llmasos/backend.h"

namespace lmos::backend_node {

struct Tensor {
  lmos_dtype dtype = 0;  // 0: an absent optional operand
  std::span<const int64_t> dims;
  int64_t elements = 0;
  int32_t element_bytes = 0;

  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  int64_t bytes() const { return elements * element_bytes; }
  int64_t last() const { return dims.back(); }
  // Product of all dims but the last.
  int64_t rows() const;
  bool has_dims(std::initializer_list<int64_t> wanted) const;
  bool same_dims(const Tensor& other) const;
  bool same_type(const Tensor& other) const { return dtype == other.dtype && same_dims(other); }
  // Of the types that models compute in.
  bool is_float() const { return dtype == LMOS_F32 || is_half(); }
  // Of those that take two bytes.
  bool is_half() const { return dtype == LMOS_BF16 || dtype == LMOS_F16; }
  // Of the types that weights are quantised to.
  bool is_quantized() const { return dtype == LMOS_I8 || dtype == LMOS_F8_E4M3; }
};

class Node {
 public:
  // Throws sdk::Error for a malformed node: an unknown dtype, a negative or symbolic dimension, a
  // size that overflows.
  explicit Node(const lmos_node& node);

  std::string_view op() const;
  size_t inputs() const { return node_.input_count; }
  size_t outputs() const { return node_.output_count; }
  Tensor input(size_t i) const;
  Tensor output(size_t i) const;
  bool has_input(size_t i) const { return i < inputs() && input(i).dtype != 0; }

  // Attributes by name; throw sdk::Error if absent or of another kind.
  int64_t integer(std::string_view name) const;
  int64_t integer_or(std::string_view name, int64_t otherwise) const;
  double number(std::string_view name) const;
  std::span<const int64_t> integers(std::string_view name) const;
  std::span<const double> numbers(std::string_view name) const;

  // Throws sdk::Error(LMOS_UNSUPPORTED) that says what the kernels need, unless `holds`.
  void require(bool holds, std::string_view need) const;
  // No operand is of a type that only quantised weights have.
  void require_unquantized() const;
  // `required` inputs are present, up to `optional` more may be given, and there are `outputs`
  // outputs.
  void require_operands(size_t required, size_t optional, size_t outputs) const;

 private:
  const lmos_attribute* find(std::string_view name, int32_t kind) const;
  const lmos_attribute& get(std::string_view name, int32_t kind) const;

  const lmos_node& node_;
};

}  // namespace lmos::backend_node
