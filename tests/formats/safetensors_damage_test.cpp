// Files that must be refused, each with a message that says what is wrong.
#include "damage.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::string with_header(std::string_view header, size_t data_bytes = 0) {
  return safetensors_file(header, std::string(data_bytes, 'x'));
}

std::string with_length(uint64_t length) {
  std::string file = with_header("{}");
  return bytes_of<uint64_t>({length}) + file.substr(8);
}

std::string one_tensor(std::string_view dtype, std::string_view shape, std::string_view offsets,
                       size_t data_bytes) {
  return with_header(R"({"w":{"dtype":")" + std::string(dtype) + R"(","shape":)" +
                         std::string(shape) + R"(,"data_offsets":)" + std::string(offsets) + "}}",
                     data_bytes);
}

std::string two_tensors(std::string_view a_offsets, std::string_view b_offsets, size_t data_bytes) {
  return with_header(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string(a_offsets) +
                         R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" +
                         std::string(b_offsets) + "}}",
                     data_bytes);
}

std::vector<Damage> damages() {
  const std::string two_63 = "9223372036854775808";
  return {
      {"empty_file", "", "it has 0 bytes"},
      {"seven_bytes", std::string(7, '\0'), "it has 7 bytes"},
      {"header_of_no_bytes", with_length(0), "does not begin with '{'"},
      {"header_past_the_end", with_length(3), "should have 3 bytes but the file ends after 2"},
      {"huge_header", with_length(100'000'001), "more than the limit of 100000000"},
      {"header_length_of_all_bits", with_length(~uint64_t{0}), "more than the limit"},
      {"header_length_that_overflows_with_8", with_length(~uint64_t{7}), "more than the limit"},
      {"no_object", with_header("[]"), "does not begin with '{'"},
      {"space_before_the_header", with_header(" {}"), "does not begin with '{'"},
      {"broken_json", with_header("{\"w\":"), "not valid JSON here: incomplete JSON"},
      {"text_after_the_header", with_header("{} {}"), "a.safetensors (header):1:4: not valid JSON"},
      {"invalid_utf8", with_header("{\"\xc3\x28\":{}}"), "not valid JSON"},
      {"deep_nesting", with_header("{\"w\":" + std::string(1000, '[')), "nested deeper than 64"},
      {"tensor_is_no_object", with_header(R"({"w":3})"), "tensor \"w\": expected an object"},
      {"no_dtype", with_header(R"({"w":{"shape":[],"data_offsets":[0,0]}})"),
       "tensor \"w\": \"dtype\" is missing"},
      {"no_shape", with_header(R"({"w":{"dtype":"U8","data_offsets":[0,0]}})"),
       "\"shape\" is missing"},
      {"no_offsets", with_header(R"({"w":{"dtype":"U8","shape":[]}})"),
       "\"data_offsets\" is missing"},
      {"unknown_dtype", one_tensor("F4", "[1]", "[0,1]", 1),
       "unknown dtype \"F4\"; known are BOOL"},
      {"lower_case_dtype", one_tensor("f32", "[1]", "[0,4]", 4), "unknown dtype \"f32\""},
      {"shape_of_text", one_tensor("U8", R"(["1"])", "[0,1]", 1), "shape: expected an integer"},
      {"fractional_dimension", one_tensor("U8", "[1.0]", "[0,1]", 1), "found 1.0"},
      {"negative_dimension", one_tensor("U8", "[-1]", "[0,1]", 1), "negative dimension -1"},
      {"two_negative_dimensions", one_tensor("U8", "[-1,-1]", "[0,1]", 1), "negative dimension"},
      {"dimension_of_64_bits", one_tensor("U8", "[" + two_63 + "]", "[0,1]", 1), "found " + two_63},
      {"product_overflows", one_tensor("U8", "[4294967296,4294967296]", "[0,0]", 0), "overflows"},
      {"product_wraps_to_1", one_tensor("U8", "[3,6148914691236517205,1]", "[0,1]", 1),
       "overflows"},
      {"bytes_overflow", one_tensor("F64", "[1152921504606846976]", "[0,0]", 0), "overflows"},
      {"zero_hides_an_overflow", one_tensor("U8", "[4294967296,4294967296,0]", "[0,0]", 0),
       "overflows"},
      {"one_offset", one_tensor("U8", "[1]", "[1]", 1), "must be [begin, end]"},
      {"three_offsets", one_tensor("U8", "[1]", "[0,1,1]", 1), "must be [begin, end]"},
      {"negative_offset", one_tensor("U8", "[1]", "[-1,0]", 1), "not negative, found -1"},
      {"fractional_offset", one_tensor("U8", "[1]", "[0,1e0]", 1), "found 1.0"},
      {"offsets_run_backwards", one_tensor("U8", "[1]", "[1,0]", 1), "[1, 0] run backwards"},
      {"end_past_the_data", one_tensor("U8", "[2]", "[0,2]", 1),
       "past the end of the data, which has 1 bytes; the file is damaged or incomplete"},
      {"end_of_64_bits", one_tensor("U8", "[2]", "[0,18446744073709551615]", 1), "past the end"},
      {"fewer_bytes_than_the_shape", one_tensor("F32", "[2]", "[0,4]", 4),
       "hold 4 bytes, but its shape and F32 need 8"},
      {"more_bytes_than_the_shape", one_tensor("F16", "[1]", "[0,4]", 4), "need 2"},
      {"overlap", two_tensors("[0,4]", "[3,7]", 7), "tensors \"a\" and \"b\" overlap"},
      {"the_same_place", two_tensors("[0,4]", "[0,4]", 4), "overlap"},
      {"hole_between", two_tensors("[0,4]", "[5,9]", 9), "1 bytes before tensor \"b\""},
      {"hole_in_front", two_tensors("[2,6]", "[6,10]", 10), "2 bytes before tensor \"a\""},
      {"bytes_left_over", two_tensors("[0,4]", "[4,8]", 11), "the last 3 bytes of the file"},
      {"empty_tensor_inside_another",
       with_header(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                   R"("z":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
                   4),
       "overlap"},
      {"duplicate_name",
       with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                   R"("\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                   2),
       "duplicate key \"a\""},
      {"duplicate_metadata", with_header(R"({"__metadata__":{},"__metadata__":{}})"),
       "duplicate key \"__metadata__\""},
      {"metadata_is_no_object", with_header(R"({"__metadata__":"pt"})"),
       "__metadata__: expected an object"},
      {"metadata_of_numbers", with_header(R"({"__metadata__":{"step":1}})"),
       "__metadata__: expected a string, found 1"},
  };
}

class SafetensorsDamage : public testing::TestWithParam<Damage> {};

TEST_P(SafetensorsDamage, IsRefused) {
  expect_refused(GetParam(), "a.safetensors",
                 [](const std::string& file) { parse_safetensors_text(file); });
}

INSTANTIATE_TEST_SUITE_P(Files, SafetensorsDamage, testing::ValuesIn(damages()),
                         [](const auto& info) { return info.param.what; });

std::string valid_file() {
  return safetensors_file(R"({"__metadata__":{"format":"pt"},)"
                          R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})",
                          "aaaaaaaabbb");
}

TEST(SafetensorsTruncation, IsRefusedAtEveryByte) {
  ScratchFolder folder;
  std::string file = valid_file();
  parse_safetensors_text(file);
  for (size_t bytes = 0; bytes < file.size(); ++bytes) {
    write_text(folder / "cut.safetensors", std::string_view(file).substr(0, bytes));
    std::string message =
        error_message(ErrorKind::kInput, [&] { SafetensorsFile cut(folder / "cut.safetensors"); });
    expect_contains(message, (folder / "cut.safetensors").string());
    expect_contains(message, "the file is damaged or incomplete");
  }
}

TEST(SafetensorsFlips, NeverReachBeyondTheFile) {
  expect_flips_are_read_or_refused(valid_file(), 500, [](const std::string& file) {
    expect_within(file, parse_safetensors_text(file).tensors);
  });
}

}  // namespace
}  // namespace lmos
