// A node as the specification reads it: owned copies of the types and attributes that crossed the C
// ABI, with checks.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/backend.h"

namespace lmos::reference {

// A node, operand or argument that does not fit; becomes LMOS_INVALID at the boundary.
class Invalid : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Tensor {
  lmos_dtype dtype = 0;  // 0: an absent optional operand
  std::vector<int64_t> dims;
  int64_t elements = 0;
  uint64_t bytes = 0;

  bool present() const { return dtype != 0; }
  size_t rank() const { return dims.size(); }
  int64_t last() const { return dims.back(); }
  // Product of all dims but the last.
  int64_t rows() const;
  bool is_float() const {
    return dtype == LMOS_F64 || dtype == LMOS_F32 || dtype == LMOS_BF16 || dtype == LMOS_F16;
  }
  // Of the types that weights are quantised to.
  bool is_quantized() const { return dtype == LMOS_I8 || dtype == LMOS_F8_E4M3; }
  bool operator==(const Tensor&) const = default;
};

// The dtype of statistics (rstd, lse, loss, dloss, scale) of an operation on `dtype`.
inline lmos_dtype statistic_dtype(lmos_dtype dtype) {
  return dtype == LMOS_F64 ? LMOS_F64 : LMOS_F32;
}

class Node {
 public:
  // Throws Invalid if a type is malformed: unknown dtype, negative or symbolic dimension, size
  // overflow.
  explicit Node(const lmos_node& node);

  const std::string& op() const { return op_; }
  const std::vector<Tensor>& inputs() const { return inputs_; }
  const std::vector<Tensor>& outputs() const { return outputs_; }
  const Tensor& input(size_t i) const { return inputs_[i]; }
  const Tensor& output(size_t i) const { return outputs_[i]; }
  bool has_input(size_t i) const { return i < inputs_.size() && inputs_[i].present(); }

  // Attributes by name; throw Invalid if absent or of another kind.
  int64_t integer(std::string_view name) const;
  int64_t integer(std::string_view name, int64_t otherwise) const;
  double number(std::string_view name) const;
  const std::vector<int64_t>& integers(std::string_view name) const;
  const std::vector<double>& numbers(std::string_view name) const;

  // Throws Invalid with the op, its shapes and `rule` unless `holds`.
  void expect(bool holds, std::string_view rule) const;
  // Required inputs are present, in count [required, required + optional]; as many outputs.
  void expect_operands(size_t required, size_t optional, size_t outputs) const;
  // "matmul(f32[2,3], f32[3,4]) -> f32[2,4]"
  std::string describe() const;

 private:
  struct AttributeValue {
    int32_t kind;
    int64_t integer;
    double number;
    std::vector<int64_t> integers;
    std::vector<double> numbers;
  };
  const AttributeValue& attribute(std::string_view name, int32_t kind) const;

  std::string op_;
  std::vector<Tensor> inputs_, outputs_;
  std::map<std::string, AttributeValue, std::less<>> attributes_;
};

}  // namespace lmos::reference
