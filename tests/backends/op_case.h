// One row of the table of operations: what every backend is run on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/host_tensor.h"

namespace lmos::test {

// Stand for the float dtype under test, and for that of its statistics, in types and in `dtype`
// attributes.
inline constexpr lmos_dtype kMain = -1;
inline constexpr lmos_dtype kStatistic = -2;

// An optional operand that is left out.
inline constexpr size_t kAbsent = SIZE_MAX;

// The values of an operand by element index; `seed` differs between operands.
using Fill = std::function<double(int64_t index, uint64_t seed)>;

Fill normal(double scale = 1, double mean = 0);
Fill uniform(double low, double high);
Fill positive();                               // in [0.1, 2)
Fill ids(int64_t limit);                       // in [0, limit), with repetitions
Fill labels(int64_t limit, int64_t ignore);    // as ids; every fifth is `ignore`
Fill segments(int64_t length);                 // 0 0 0 1 1 1 …, each of `length` tokens
Fill counting(int64_t first, int64_t period);  // first, first + 1, …, again after `period`
Fill values(std::vector<double> list);         // repeated where the tensor is longer

struct CaseInput {
  lmos_dtype dtype;
  std::vector<int64_t> dims;
  Fill fill;
};

// An operation that computes further operands (y, lse, rstd) from the inputs. Run by the reference.
struct Forward {
  std::string op;
  std::vector<size_t> operands;  // indices of inputs, or kAbsent
  graph::Attributes attributes;
};

struct OpCase {
  std::string label;  // of letters, digits and _; unique
  std::string op;
  std::vector<CaseInput> inputs;
  graph::Attributes attributes = {};
  std::optional<Forward> forward = std::nullopt;
  // The node's operands, as indices of inputs and then of forward's outputs; empty: the inputs in
  // order.
  std::vector<size_t> operands = {};
  bool exact = false;           // results are bitwise those of the reference in the same dtype
  double f32_tolerance = 1e-5;  // of the relative L2 error against f64
  // One rounding to the 8 bits of bf16 is an error of about 0.0017: room for two, and for f32 sums.
  double bf16_tolerance = 4e-3;
  // The significand of f16 has 11 bits, three more.
  double f16_tolerance() const { return bf16_tolerance / 8; }
};

// A case for one dtype: a graph of one node, and its operands' values.
struct ConcreteCase {
  graph::Graph graph;
  std::vector<HostTensor> operands;  // an entry an operand of the node; empty bytes where absent
};

// A graph of one node on these operands (dtype 0: an absent one); those that the op changes are
// states.
ConcreteCase one_node(const std::string& op, std::vector<HostTensor> operands,
                      graph::Attributes attributes = {});

// `forward`: runs a ConcreteCase on the reference and returns its outputs. Values are rounded to
// `rounding` first, so that runs in different dtypes see the same numbers.
ConcreteCase make_concrete(
    const OpCase& op_case, lmos_dtype main, lmos_dtype rounding,
    const std::function<std::vector<HostTensor>(const ConcreteCase&)>& forward);

// The table, by family.
std::vector<OpCase> primitive_cases();
std::vector<OpCase> layout_cases();
std::vector<OpCase> product_cases();
std::vector<OpCase> block_cases();  // norms, rope, swiglu
std::vector<OpCase> attention_cases();
std::vector<OpCase> loss_cases();
std::vector<OpCase> update_cases();  // states, randomness, optimizer

std::vector<OpCase> all_cases();

}  // namespace lmos::test
