#include "formats/tensor_check.h"

#include "formats/tensor_view.h"
#include "scratch.h"

namespace lmos {
namespace {

TensorView of_shape(std::vector<int64_t> shape) { return {LMOS_F32, std::move(shape), {}}; }

TEST(CheckTensors, AcceptsWhatFits) {
  std::vector<ExpectedTensor> expected{{"a", {2, 3}}, {"b", {}}};
  check_tensors(expected, shapes_of(TensorMap{{"a", of_shape({2, 3})}, {"b", of_shape({})}}),
                "model");
  check_tensors(
      expected,
      shapes_of(TensorMap{{"a", of_shape({2, 3})}, {"b", of_shape({})}, {"mask", of_shape({1})}}),
      "model", [](std::string_view name) { return name == "mask"; });
}

TEST(CheckTensors, ListsEverythingAtOnce) {
  std::vector<ExpectedTensor> expected{{"a", {2, 3}}, {"b", {4}}, {"c", {}}};
  TensorMap present{{"b", of_shape({4, 1})}, {"c", of_shape({})}, {"d", of_shape({5})}};
  EXPECT_EQ(
      error_message(ErrorKind::kInput,
                    [&] { check_tensors(expected, shapes_of(present), "model"); }),
      "model: the weights do not fit the model; compare the model's configuration with the "
      "file's\n  missing (1):\n    \"a\" [2, 3]\n  of another shape (1):\n    \"b\": the model "
      "has [4], the file [4, 1]\n  unexpected (1):\n    \"d\" [5]");
}

TEST(CheckTensors, BoundsTheList) {
  std::vector<ExpectedTensor> expected;
  for (int i = 0; i < 1000; ++i) expected.push_back({"w" + std::to_string(i), {1}});
  std::string message =
      error_message(ErrorKind::kInput, [&] { check_tensors(expected, {}, "model"); });
  expect_contains(message, "missing (1000):");
  expect_contains(message, "\"w19\" [1]\n    … and 980 more");
}

}  // namespace
}  // namespace lmos
