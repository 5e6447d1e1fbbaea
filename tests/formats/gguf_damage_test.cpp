// GGUF files that must be refused, each with a message that says what is wrong.
#include "damage.h"
#include "gguf_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::string header(uint32_t version, uint64_t tensors, uint64_t entries) {
  return "GGUF" + gguf_numbers(version, tensors, entries);
}

std::string one_entry(GgufType type, const std::string& value) {
  return gguf_file({.entries = {gguf_entry("k", type, value)}});
}

std::string one_tensor(const std::vector<uint64_t>& dimensions, uint32_t type, uint64_t offset,
                       size_t data_bytes) {
  return gguf_file({.tensors = {gguf_tensor("w", dimensions, type, offset)},
                    .data = std::string(data_bytes, 'x')});
}

std::string nested(int levels) {
  std::string value = gguf_array(GgufType::kUint8, 0, "");
  for (int i = 1; i < levels; ++i) value = gguf_array(GgufType::kArray, 1, value);
  return one_entry(GgufType::kArray, value);
}

std::string with_alignment(uint32_t alignment) {
  return gguf_file(
      {.entries = {gguf_entry("general.alignment", GgufType::kUint32, gguf_numbers(alignment))}});
}

std::vector<Damage> damages() {
  constexpr uint64_t kHuge = ~uint64_t{0};
  const std::string bool_entry = gguf_entry("k", GgufType::kBool, gguf_numbers(uint8_t{1}));
  return {
      {"empty_file", "", "does not begin with \"GGUF\""},
      {"another_format", "ggml....", "does not begin with \"GGUF\""},
      {"no_version", "GGUF", "the version at byte 4 needs 4 bytes but only 0 are left"},
      {"version_1", header(1, 0, 0), "version 1 is not read"},
      {"version_4", header(4, 0, 0), "version 4 is not known"},
      {"big_endian", header(0x03000000, 0, 0), "a big-endian GGUF file"},
      {"tensors_of_all_bits", header(3, kHuge, 0), "18446744073709551615 tensors are more than"},
      {"entries_of_all_bits", header(3, 0, kHuge), "18446744073709551615 metadata entries"},
      {"one_entry_too_many", header(3, 0, 2) + bool_entry, "2 metadata entries are more than"},
      {"key_of_all_bits", header(3, 0, 1) + gguf_numbers(kHuge) + std::string(32, 'k'),
       "a metadata key at byte 32 needs 18446744073709551615 bytes but only 32 are left"},
      {"long_key",
       gguf_file({.entries = {gguf_entry(std::string(65536, 'k'), GgufType::kBool,
                                         gguf_numbers(uint8_t{1}))}}),
       "65536 bytes, more than the limit of 65535"},
      {"key_not_utf8",
       gguf_file({.entries = {gguf_entry("\xc3\x28", GgufType::kBool, gguf_numbers(uint8_t{1}))}}),
       "is not UTF-8"},
      {"duplicate_key", gguf_file({.entries = {bool_entry, bool_entry}}),
       "metadata \"k\" is there twice"},
      {"unknown_type", one_entry(static_cast<GgufType>(13), "...."),
       "metadata \"k\": unknown type 13"},
      {"bool_of_2", one_entry(GgufType::kBool, gguf_numbers(uint8_t{2})), "a bool of value 2"},
      {"string_past_the_end", one_entry(GgufType::kString, gguf_numbers(uint64_t{9}) + "text"),
       "metadata \"k\" at byte"},
      {"array_of_unknown_type",
       one_entry(GgufType::kArray, gguf_array(static_cast<GgufType>(99), 1, std::string(16, '\0'))),
       "unknown type 99"},
      {"array_of_all_bits", one_entry(GgufType::kArray, gguf_array(GgufType::kUint8, kHuge, "")),
       "an array of 18446744073709551615 values"},
      {"array_whose_bytes_overflow",
       one_entry(GgufType::kArray, gguf_array(GgufType::kUint64, uint64_t{1} << 61, "")),
       "is more than the 0 bytes"},
      {"array_of_too_many_strings",
       one_entry(GgufType::kArray, gguf_array(GgufType::kString, 3, gguf_string("") + "xxxx")),
       "an array of 3 values of type string"},
      {"array_of_bad_bools",
       one_entry(GgufType::kArray, gguf_array(GgufType::kBool, 2, std::string("\0\7", 2))),
       "a bool of value 7"},
      {"deep_arrays", nested(5), "nested deeper than 4 levels"},
      {"alignment_0", with_alignment(0), "0 is no power of two"},
      {"alignment_24", with_alignment(24), "24 is no power of two"},
      {"alignment_of_text",
       gguf_file(
           {.entries = {gguf_entry("general.alignment", GgufType::kString, gguf_string("8"))}}),
       "metadata \"general.alignment\": expected an integer, found string"},
      {"five_dimensions", one_tensor({1, 1, 1, 1, 1}, 0, 0, 4), "has 5 dimensions; at most 4"},
      {"rank_of_all_bits",
       header(3, 1, 0) + gguf_string("w") + gguf_numbers(~uint32_t{0}) + std::string(64, '\0'),
       "4294967295 dimensions"},
      {"dimension_of_64_bits", one_tensor({kHuge}, 0, 0, 4), "18446744073709551615 is too large"},
      {"product_overflows", one_tensor({uint64_t{1} << 32, uint64_t{1} << 32}, 24, 0, 4),
       "its size overflows 64 bits"},
      {"product_wraps_to_1", one_tensor({3, 6148914691236517205, 1}, 24, 0, 4), "overflows"},
      {"zero_hides_an_overflow", one_tensor({0, uint64_t{1} << 32, uint64_t{1} << 32}, 24, 0, 4),
       "overflows"},
      {"bytes_overflow", one_tensor({uint64_t{1} << 60}, 28, 0, 4), "overflows"},
      {"unknown_ggml_type", one_tensor({1}, 4, 0, 4), "tensor \"w\": unknown ggml type 4"},
      {"rows_of_half_a_block", one_tensor({16, 2}, 8, 0, 34),
       "rows of 16 elements are no whole blocks of Q8_0, which have 32"},
      {"unaligned_offset", one_tensor({1}, 24, 1, 4),
       "offset 1 is no multiple of the alignment 32"},
      {"offset_past_the_end", one_tensor({1}, 24, 32, 4), "reach past the end"},
      {"offset_of_all_bits", one_tensor({1}, 24, kHuge - 31, 4), "reach past the end"},
      {"data_too_short", one_tensor({2}, 0, 0, 7),
       "tensor \"w\": bytes 0 to 8 reach past the end of the data, which has 7"},
      {"overlap",
       gguf_file({.tensors = {gguf_tensor("a", {33}, 24, 0), gguf_tensor("b", {1}, 24, 32)},
                  .data = std::string(64, 'x')}),
       "tensors \"a\" and \"b\" overlap"},
      {"duplicate_tensor",
       gguf_file({.tensors = {gguf_tensor("a", {1}, 24, 0), gguf_tensor("a", {1}, 24, 32)},
                  .data = std::string(64, 'x')}),
       "tensor \"a\" is there twice"},
      {"name_not_utf8",
       gguf_file({.tensors = {gguf_tensor("\xff", {1}, 24, 0)}, .data = std::string(64, 'x')}),
       "a tensor's name before byte"},
  };
}

class GgufDamage : public testing::TestWithParam<Damage> {};

TEST_P(GgufDamage, IsRefused) {
  expect_refused(GetParam(), "a.gguf: ", [](const std::string& file) { parse_gguf_text(file); });
}

INSTANTIATE_TEST_SUITE_P(Files, GgufDamage, testing::ValuesIn(damages()),
                         [](const auto& info) { return info.param.what; });

std::string valid_file() {
  return gguf_file({.entries = {gguf_entry("k", GgufType::kArray,
                                           gguf_array(GgufType::kString, 2,
                                                      gguf_string("a") + gguf_string("b"))),
                                gguf_entry("n", GgufType::kUint32, gguf_numbers(uint32_t{1}))},
                    .tensors = {gguf_tensor("w", {32, 2}, 8, 0), gguf_tensor("v", {3}, 0, 96)},
                    .data = std::string(108, 'x')});
}

TEST(GgufTruncation, IsRefusedAtEveryByte) {
  const std::string file = valid_file();
  parse_gguf_text(file);
  for (size_t bytes = 0; bytes < file.size(); ++bytes)
    error_message(ErrorKind::kInput, [&] { parse_gguf_text(file.substr(0, bytes)); });
}

TEST(GgufFlips, NeverReachBeyondTheFile) {
  expect_flips_are_read_or_refused(valid_file(), 500, [](const std::string& file) {
    const GgufContents contents = parse_gguf_text(file);
    for (const auto& entry : contents.metadata.entries()) entry.value.as_json(100);
    expect_within(file, contents.tensors);
  });
}

}  // namespace
}  // namespace lmos
