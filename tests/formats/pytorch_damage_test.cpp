// Files of torch.save that must be refused, each with a message that says what is wrong.
#include "damage.h"
#include "pytorch_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::string with_pickle(const std::string& opcodes) {
  return pytorch_file(pickled(opcodes), {std::string(16, 'x')});
}

std::string with_tensor(int64_t offset, const std::vector<int64_t>& shape,
                        const std::vector<int64_t>& strides, int64_t elements = 4,
                        std::string_view type = "FloatStorage", std::string_view key = "0") {
  return with_pickle(
      pickle_dict({pickle_text("w"),
                   pickle_tensor(pickle_storage(type, key, elements), offset, shape, strides)}));
}

std::string valid_file() { return with_tensor(0, {2, 2}, {2, 1}); }

// `file` with `bytes` at `from_end` bytes before the end.
std::string patched(std::string file, size_t from_end, std::string_view bytes) {
  return file.replace(file.size() - from_end, bytes.size(), bytes);
}

std::string nested_lists(int levels) {
  std::string opcodes(static_cast<size_t>(levels), ']');
  for (int i = 1; i < levels; ++i) opcodes += "a";
  return opcodes;
}

// Each list holds the one before twice.
std::string doubling_lists(int levels) {
  std::string opcodes = "]q\1";
  for (int i = 1; i <= levels; ++i) {
    const std::string slot(1, static_cast<char>(i)), next(1, static_cast<char>(i + 1));
    opcodes += "](h" + slot + "h" + slot + "eq" + next;
  }
  return opcodes;
}

std::vector<Damage> damages() {
  const std::string zip = zip_file({{"a/data.pkl", pickled("}")}, {"a/data/0", "xxxx"}});
  const std::string call = "cos\nsystem\n(" + pickle_text("echo pwned") + "tR";
  const int64_t huge = int64_t{1} << 62;
  return {
      // ---- the archive ----
      {"no_directory", "PK\x03\x04 and then nothing", "without its directory at the end"},
      {"no_pickle", zip_file({{"a/other", ""}}), "a zip archive without data.pkl"},
      {"pickle_in_a_subfolder", zip_file({{"a/b/data.pkl", pickled("}")}}), "without data.pkl"},
      {"torch_script", zip_file({{"a/data.pkl", pickled("}")}, {"a/constants.pkl", ""}}),
       "a TorchScript program"},
      {"big_endian", zip_file({{"a/data.pkl", pickled("}")}, {"a/byteorder", "big"}}),
       "big-endian"},
      {"compressed", zip_file({{"a/data.pkl", "x", 8}}), "zip entry \"a/data.pkl\": compressed"},
      {"encrypted", zip_file({{"a/data.pkl", "x", 0, 1}}), "encrypted"},
      {"absolute_path", zip_file({{"/etc/passwd", "x"}}), "a name that leaves the archive"},
      {"climbing_path", zip_file({{"a/../../x", "x"}}), "a name that leaves the archive"},
      {"climbing_to_the_end", zip_file({{"a/..", "x"}}), "a name that leaves the archive"},
      {"windows_path", zip_file({{"C:\\x", "x"}}), "a name that leaves the archive"},
      {"name_not_utf8", zip_file({{"a/\xff", "x"}}), "is not UTF-8"},
      {"duplicate_entry", zip_file({{"a/x", "1"}, {"a/x", "2"}}), "\"a/x\" is there twice"},
      {"overlapping_entries", zip_file({{"a/x", "1"}, {"a/y", "2", 0, 0, "a/x", 0}}),
       "is of another entry"},
      {"the_same_data_twice", zip_file({{"a/x", "1"}, {"a/x", "2", 0, 0, "", 0}}), "twice"},
      {"local_name_differs", zip_file({{"a/x", "1", 0, 0, "a/z"}}), "is of another entry"},
      {"data_past_the_directory", zip_file({{"a/x", "1", 0, 0, "", -1, 1000}}), "its data at byte"},
      {"offset_past_the_end", zip_file({{"a/x", "1", 0, 0, "", 1 << 30}}), "no header at byte"},
      {"directory_past_the_end", patched(zip, 10, "\xff\xff\xff\x0f"),
       "reaches past its end record"},
      {"directory_offset_past_the_end", patched(zip, 6, "\xff\xff\xff\x7f"), "reaches past"},
      {"too_many_entries", patched(zip, 12, "\xf0\xff"), "cannot hold 65520 entries"},
      {"zip64_without_records", patched(zip, 12, "\xff\xff"), "without its zip64 locator"},
      {"wrong_checksum",
       [] {
         std::string file = valid_file();
         file[file.find("storage")] = 'S';
         return file;
       }(),
       "\"a/data.pkl\" differs from its checksum"},
      {"before_1_6", "\x80\x02\x8a\x0al\xfc\x9c\x46", "a bare pickle, as PyTorch wrote before 1.6"},
      // ---- the pickle ----
      {"no_stop", zip_file({{"a/data.pkl", "\x80\x02}"}}), "an opcode at byte 3"},
      {"protocol_0", zip_file({{"a/data.pkl", "(dp0\n."}}), "pickle opcode 0x70"},
      {"protocol_6", zip_file({{"a/data.pkl", "\x80\x06}."}}), "pickle protocol 6 is not read"},
      {"calls_os_system", with_pickle(call), "the file names \"os.system\""},
      {"calls_eval", with_pickle("c__builtin__\neval\n(" + pickle_text("1") + "tR"),
       "the file names \"__builtin__.eval\""},
      {"calls_by_stack", with_pickle(pickle_text("posix") + pickle_text("system") + "\x93"),
       "the file names \"posix.system\""},
      {"builds_an_instance", with_pickle("(i"), "pickle opcode 0x69"},
      {"new_object", with_pickle("ccollections\nOrderedDict\n)\x81"), "pickle opcode 0x81"},
      {"calls_text", with_pickle(pickle_text("f") + ")R"), "a call of something"},
      {"calls_a_dtype", with_pickle("ctorch\nfloat32\n)R"), "\"float32\" cannot be called"},
      {"empty_stack", with_pickle("0"), "byte 2: the stack is empty here"},
      {"nothing_left", with_pickle("N0"), "the stack is empty here"},
      {"no_mark", with_pickle("t"), "there is no mark"},
      {"mark_hides_the_stack", with_pickle("](0"), "the stack is empty here"},
      {"memo_never_filled", with_pickle("h\5"), "memo 5 is used but was never filled"},
      {"memo_of_nothing", with_pickle("q\1"), "the stack is empty here"},
      {"long_memo_never_filled", with_pickle("j\xff\xff\xff\xff"), "memo 4294967295 is used"},
      {"append_to_a_tuple", with_pickle(")Na"), "this needs a list below"},
      {"set_item_of_a_list", with_pickle("]NNs"), "this needs a dictionary below"},
      {"key_without_value", with_pickle("}(Nu"), "a key without a value"},
      {"text_past_the_end", with_pickle("X\xff\xff\xff\x7f"), "a text at byte"},
      {"text_not_utf8", with_pickle("X" + zip_numbers(uint32_t{1}) + "\xff"), "not UTF-8"},
      {"bytes_of_all_bits", with_pickle("\x8e" + std::string(8, '\xff')), "bytes at byte"},
      {"no_storage", with_pickle(pickle_text("x") + "Q"),
       "a reference to a file that is no storage"},
      {"negative_storage", with_pickle(pickle_storage("FloatStorage", "0", -1)),
       "that is no storage"},
      {"storage_of_a_dict",
       with_pickle("(" + pickle_text("storage") + "ccollections\nOrderedDict\n" + pickle_text("0") +
                   pickle_text("cpu") + "K\1tQ"),
       "a storage of an unknown type"},
      {"deep_lists", with_pickle(nested_lists(1000)), "nested deeper than 64 levels"},
      {"list_in_itself", with_pickle("]q\1h\1a"), "hold each other too often"},
      {"doubling_lists", with_pickle(doubling_lists(40)), "hold each other too often"},
      // ---- the tensors ----
      {"one_tensor_alone",
       with_pickle(pickle_tensor(pickle_storage("FloatStorage", "0", 4), 0, {4}, {1})),
       "one tensor without a name"},
      {"missing_storage", with_tensor(0, {4}, {1}, 4, "FloatStorage", "7"),
       "a.pt: tensor \"w\": its storage \"a/data/7\" is missing"},
      {"storage_key_that_climbs", with_tensor(0, {4}, {1}, 4, "FloatStorage", "../data.pkl"),
       "is missing"},
      {"storage_too_short", with_tensor(0, {4}, {1}, 5), "should have 5 elements but has 16 bytes"},
      {"storage_that_overflows", with_tensor(0, {4}, {1}, huge), "should have"},
      {"past_the_storage", with_tensor(0, {5}, {1}), "reach past its storage of 4 elements"},
      {"offset_past_the_storage", with_tensor(1, {4}, {1}), "reach past"},
      {"offset_of_63_bits", with_tensor(INT64_MAX, {1}, {1}), "reach past"},
      {"strides_that_overflow", with_tensor(0, {3, 3}, {huge, huge}), "reach past"},
      {"shape_that_overflows", with_tensor(0, {huge, 4}, {0, 0}), "its size overflows 64 bits"},
      {"expanded_beyond_the_file", with_tensor(0, {1 << 20}, {0}), "larger than the file"},
      {"negative_dimension", with_tensor(0, {-1}, {1}), "integers that are not negative"},
      {"negative_stride", with_tensor(3, {4}, {-1}), "integers that are not negative"},
      {"negative_offset", with_tensor(-1, {1}, {1}), "integer that is not negative"},
      {"more_strides_than_dimensions", with_tensor(0, {4}, {1, 1}), "1 dimensions with 2 strides"},
      {"too_many_dimensions",
       with_tensor(0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1)), "more than 64"},
      {"complex_numbers", with_tensor(0, {1}, {1}, 1, "ComplexFloatStorage"),
       "names \"torch.ComplexFloatStorage\""},
      {"duplicate_name",
       with_pickle(pickle_dict(
           {pickle_text("w"), pickle_tensor(pickle_storage("FloatStorage", "0", 4), 0, {4}, {1}),
            pickle_text("w"), pickle_tensor(pickle_storage("FloatStorage", "0", 4), 0, {2}, {1})})),
       "tensor \"w\": there is another of this name"},
      {"long_name",
       with_pickle(
           pickle_dict({pickle_text(std::string(5000, 'n')),
                        pickle_tensor(pickle_storage("FloatStorage", "0", 4), 0, {4}, {1})})),
       "more than 1024 bytes"},
  };
}

class PytorchDamage : public testing::TestWithParam<Damage> {};

TEST_P(PytorchDamage, IsRefused) {
  expect_refused(GetParam(), "a.pt: ", [](const std::string& file) { parse_pytorch_text(file); });
}

INSTANTIATE_TEST_SUITE_P(Files, PytorchDamage, testing::ValuesIn(damages()),
                         [](const auto& info) { return info.param.what; });

TEST(PytorchTruncation, IsRefusedAtEveryByte) {
  const std::string file = valid_file();
  parse_pytorch_text(file);
  for (size_t bytes = 0; bytes < file.size(); ++bytes)
    error_message(ErrorKind::kInput, [&] { parse_pytorch_text(file.substr(0, bytes)); });
}

TEST(PytorchFlips, NeverReachBeyondTheFile) {
  expect_flips_are_read_or_refused(valid_file(), 1000, [](const std::string& file) {
    expect_within(file, parse_pytorch_text(file).tensors);
  });
}

}  // namespace
}  // namespace lmos
