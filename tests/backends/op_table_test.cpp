// Every row of the table on every backend, against the reference in f64.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "backends/run_node.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

// The largest single error, relative to the largest value, over the relative L2 tolerance.
constexpr double kPeakOverL2 = 4;

struct Difference {
  double relative_l2;
  double relative_peak;
};

Difference compare(const HostTensor& actual, const HostTensor& expected) {
  std::vector<double> a = values_of(actual), e = values_of(expected);
  double error = 0, size = 0, peak_error = 0, peak = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    double d = a[i] - e[i];
    if (a[i] == e[i]) d = 0;  // infinities
    error += d * d;
    size += e[i] * e[i];
    // Not std::max: a NaN must win.
    if (!(std::abs(d) <= peak_error)) peak_error = std::abs(d);
    peak = std::max(peak, std::abs(e[i]));
  }
  if (size == 0) size = peak = 1;
  return {std::sqrt(error / size), peak_error / peak};
}

std::vector<HostTensor> run_reference(const ConcreteCase& concrete) {
  return run_node(backend("reference"), concrete);
}

const std::vector<OpCase>& table() {
  static const std::vector<OpCase> cases = all_cases();
  return cases;
}

using Row = std::tuple<std::string, size_t>;  // backend, index in table()

class OpTable : public testing::TestWithParam<Row> {
 protected:
  runtime::Device& device() { return backend(std::get<0>(GetParam())); }
  const OpCase& op_case() { return table()[std::get<1>(GetParam())]; }
  bool is_reference() { return std::get<0>(GetParam()) == "reference"; }

  ConcreteCase concrete(lmos_dtype main, lmos_dtype rounding) {
    return make_concrete(op_case(), main, rounding, run_reference);
  }

  void expect_close(const std::vector<HostTensor>& actual, const std::vector<HostTensor>& expected,
                    double tolerance) {
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      Difference difference = compare(actual[i], expected[i]);
      EXPECT_LE(difference.relative_l2, tolerance) << "result " << i;
      EXPECT_LE(difference.relative_peak, tolerance * kPeakOverL2) << "result " << i;
    }
  }

  void check(lmos_dtype dtype, double tolerance) {
    SCOPED_TRACE(graph::dtype_name(dtype));
    ConcreteCase narrow = concrete(dtype, dtype);
    if (!supports(device(), narrow)) {
      ASSERT_FALSE(is_reference()) << "the reference runs everything";
      GTEST_SKIP() << "not supported in " << graph::dtype_name(dtype)
                   << "; the host decomposes it, or does without";
    }
    std::vector<HostTensor> actual = run_node(device(), narrow);
    if (op_case().exact) {
      std::vector<HostTensor> expected = run_reference(narrow);
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < actual.size(); ++i)
        EXPECT_EQ(values_of(actual[i]), values_of(expected[i]));
    } else {
      expect_close(actual, run_reference(concrete(LMOS_F64, dtype)), tolerance);
    }
    std::vector<HostTensor> again = run_node(device(), narrow);
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].bytes, again[i].bytes) << "a second run gives other bits in result " << i;
    }
  }
};

TEST_P(OpTable, AgreesWithTheReferenceInF32) { check(LMOS_F32, op_case().f32_tolerance); }
TEST_P(OpTable, AgreesWithTheReferenceInBf16) { check(LMOS_BF16, op_case().bf16_tolerance); }
TEST_P(OpTable, AgreesWithTheReferenceInF16) { check(LMOS_F16, op_case().f16_tolerance()); }

INSTANTIATE_TEST_SUITE_P(Backends, OpTable,
                         testing::Combine(testing::ValuesIn(backend_names()),
                                          testing::Range(size_t{0}, table().size())),
                         [](const testing::TestParamInfo<Row>& info) {
                           return std::get<0>(info.param) + "_" +
                                  table()[std::get<1>(info.param)].label;
                         });

TEST(MinimumAndMaximum, AreNanWhereEitherOperandIs) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::string& name : backend_names()) {
    for (lmos_dtype dtype : {LMOS_F64, LMOS_F32, LMOS_BF16, LMOS_F16}) {
      const graph::TensorType type{dtype, {4}};
      for (const char* op : {"minimum", "maximum"}) {
        SCOPED_TRACE(name + ", " + op + " of " + std::string(graph::dtype_name(dtype)));
        const ConcreteCase concrete = one_node(
            op, {make_tensor(type, {nan, 1, nan, 2}), make_tensor(type, {1, nan, nan, 2})});
        if (!supports(backend(name), concrete))
          continue;  // f64, which only the reference must have
        const std::vector<double> y = values_of(run_node(backend(name), concrete).front());
        for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(y[i])) << i;
        EXPECT_EQ(y[3], 2);
      }
    }
  }
}

TEST(OpTableRows, HaveEveryOperation) {
  std::set<std::string_view> covered;
  for (const OpCase& op_case : table()) covered.insert(op_case.op);
  for (const graph::Op* op : graph::all_ops()) {
    EXPECT_TRUE(covered.contains(op->name)) << op->name << " has no row in the table";
  }
}

}  // namespace
}  // namespace lmos::test
