#include "formats/gguf.h"

#include "formats/gguf_metadata.h"
#include "formats/json_text.h"
#include "gguf_text.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

TEST(Gguf, ReadsMetadataOfEveryType) {
  const std::string file = gguf_file(
      {.entries = {gguf_entry("u8", GgufType::kUint8, gguf_numbers(uint8_t{255})),
                   gguf_entry("i8", GgufType::kInt8, gguf_numbers(int8_t{-1})),
                   gguf_entry("u16", GgufType::kUint16, gguf_numbers(uint16_t{65535})),
                   gguf_entry("i16", GgufType::kInt16, gguf_numbers(int16_t{-2})),
                   gguf_entry("u32", GgufType::kUint32, gguf_numbers(uint32_t{4294967295})),
                   gguf_entry("i32", GgufType::kInt32, gguf_numbers(int32_t{-3})),
                   gguf_entry("f32", GgufType::kFloat32, gguf_numbers(0.5f)),
                   gguf_entry("bool", GgufType::kBool, gguf_numbers(uint8_t{1})),
                   gguf_entry("string", GgufType::kString, gguf_string("héllo")),
                   gguf_entry("u64", GgufType::kUint64, gguf_numbers(~uint64_t{0})),
                   gguf_entry("i64", GgufType::kInt64, gguf_numbers(int64_t{-4})),
                   gguf_entry("f64", GgufType::kFloat64, gguf_numbers(0.1))}});
  const GgufContents contents = parse_gguf_text(file);
  const GgufMetadata& metadata = contents.metadata;
  Json all = Json::Object();
  for (const auto& entry : metadata.entries()) all.set(entry.key, entry.value.as_json(10));
  EXPECT_EQ(compact_json(all),
            R"({"u8":255,"i8":-1,"u16":65535,"i16":-2,"u32":4294967295,"i32":-3,"f32":0.5,)"
            R"("bool":true,"string":"héllo","u64":18446744073709551615,"i64":-4,"f64":0.1})");
  EXPECT_TRUE(metadata.at("bool").as_bool(""));
  EXPECT_EQ(metadata.at("u8").as_double(""), 255);
  EXPECT_EQ(metadata.at("string").as_string(""), "héllo");
  EXPECT_EQ(metadata.find("absent"), nullptr);
  EXPECT_EQ(error_message(ErrorKind::kInput, [&] { metadata.at("absent"); }),
            "a.gguf: metadata \"absent\" is missing");
  EXPECT_EQ(
      error_message(ErrorKind::kInput, [&] { metadata.at("u8").as_string(metadata.place("u8")); }),
      "a.gguf: metadata \"u8\": expected a string, found uint8");
  expect_contains(error_message(ErrorKind::kInput, [&] { metadata.at("u64").as_int64("w"); }),
                  "w: 18446744073709551615 is too large");
}

TEST(Gguf, ReadsArraysAlsoNested) {
  const std::string inner = gguf_array(GgufType::kInt16, 2, gguf_numbers(int16_t{1}, int16_t{2}));
  const std::string file = gguf_file(
      {.entries = {
           gguf_entry("tokens", GgufType::kArray,
                      gguf_array(GgufType::kString, 2, gguf_string("a") + gguf_string(""))),
           gguf_entry("scores", GgufType::kArray,
                      gguf_array(GgufType::kFloat32, 2, gguf_numbers(-1.5f, 2.0f))),
           gguf_entry("types", GgufType::kArray,
                      gguf_array(GgufType::kInt32, 2, gguf_numbers(1, 3))),
           gguf_entry("nested", GgufType::kArray, gguf_array(GgufType::kArray, 2, inner + inner)),
           gguf_entry("empty", GgufType::kArray, gguf_array(GgufType::kUint8, 0, ""))}});
  const GgufContents contents = parse_gguf_text(file);
  const GgufMetadata& metadata = contents.metadata;
  EXPECT_EQ(metadata.at("tokens").as_strings(""), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(metadata.at("scores").as_doubles(""), (std::vector<double>{-1.5, 2}));
  EXPECT_EQ(metadata.at("types").as_int64s(""), (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(metadata.at("nested").elements("")[1].as_int64s(""), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(compact_json(metadata.at("nested").as_json(1)), "[[1]]");
  EXPECT_EQ(metadata.at("empty").size(), 0u);
  expect_contains(error_message(ErrorKind::kInput, [&] { metadata.at("types").as_strings("w"); }),
                  "w: expected an array of strings, found array of int32");
}

TEST(Gguf, ReadsWhatTheMetadataBuilderWrites) {
  GgufMetadataBuilder builder;
  const std::vector<std::string> texts = {"x", "yz"};
  const std::vector<int32_t> integers = {-1, 2};
  const std::vector<float> reals = {0.25f};
  builder.add_uint32("u", 7);
  builder.add_float32("f", 1.5f);
  builder.add_bool("b", false);
  builder.add_string("s", "text");
  builder.add_strings("ss", texts);
  builder.add_int32s("is", integers);
  builder.add_float32s("fs", reals);
  EXPECT_EQ(builder.count(), 7u);
  EXPECT_TRUE(builder.contains("ss"));
  error_message(ErrorKind::kInternal, [&] { builder.add_bool("u", true); });

  std::string file = "GGUF" + gguf_numbers(uint32_t{3}, uint64_t{0}, builder.count());
  file += builder.bytes();
  const GgufContents contents = parse_gguf_text(file);
  Json all = Json::Object();
  for (const auto& entry : contents.metadata.entries()) all.set(entry.key, entry.value.as_json(9));
  EXPECT_EQ(compact_json(all),
            R"({"u":7,"f":1.5,"b":false,"s":"text","ss":["x","yz"],"is":[-1,2],"fs":[0.25]})");
}

TEST(Gguf, ReadsTensorsWithoutACopyAndRowMajor) {
  const std::string data =
      bytes_of<float>({1, 2, 3, 4, 5, 6}) + std::string(8, '\0') + std::string(34, 'q');
  const std::string file =
      gguf_file({.tensors = {gguf_tensor("w", {3, 2}, 0, 0), gguf_tensor("q", {32}, 8, 32),
                             gguf_tensor("scalar", {}, 24, 0), gguf_tensor("none", {0, 4}, 1, 0)},
                 .data = data});
  // The scalar shares its byte with `w`.
  expect_contains(error_message(ErrorKind::kInput, [&] { parse_gguf_text(file); }), "overlap");
  const std::string good =
      gguf_file({.tensors = {gguf_tensor("w", {3, 2}, 0, 0), gguf_tensor("q", {32}, 8, 32),
                             gguf_tensor("none", {0, 4}, 1, 0)},
                 .data = data,
                 .version = 2});
  const GgufContents contents = parse_gguf_text(good);
  EXPECT_EQ(contents.version, 2u);
  const GgufTensor& w = contents.tensors.at("w");
  EXPECT_EQ(w.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(encoding_name(w.encoding), "F32");
  EXPECT_EQ(text_of(w.data), bytes_of<float>({1, 2, 3, 4, 5, 6}));
  EXPECT_GE(reinterpret_cast<const char*>(w.data.data()), good.data());
  EXPECT_EQ(encoding_name(contents.tensors.at("q").encoding), "Q8_0");
  EXPECT_EQ(text_of(contents.tensors.at("q").data), std::string(34, 'q'));
  EXPECT_EQ(contents.tensors.at("none").shape, (std::vector<int64_t>{4, 0}));
}

TEST(Gguf, HonoursAnotherAlignment) {
  const std::string file = gguf_file(
      {.entries = {gguf_entry("general.alignment", GgufType::kUint32, gguf_numbers(uint32_t{8}))},
       .tensors = {gguf_tensor("a", {3}, 24, 0), gguf_tensor("b", {2}, 24, 8)},
       .data = "aaa.....bb",
       .alignment = 8});
  const GgufContents contents = parse_gguf_text(file);
  EXPECT_EQ(contents.alignment, 8u);
  EXPECT_EQ(text_of(contents.tensors.at("a").data), "aaa");
  EXPECT_EQ(text_of(contents.tensors.at("b").data), "bb");
}

TEST(Gguf, ReadsTheVocabulariesOfLlamaCpp) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  const auto folder = std::filesystem::path(data ? data : "") / "expected" / "gguf-vocab";
  if (!data || !std::filesystem::is_directory(folder))
    GTEST_SKIP() << "LLMASOS_TEST_DATA has no folder expected/gguf-vocab";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".gguf") continue;
    const GgufFile file(entry.path());
    EXPECT_GT(file.metadata().at("tokenizer.ggml.tokens").size(), 1000u) << entry.path();
    EXPECT_EQ(file.metadata().at("tokenizer.ggml.token_type").size(),
              file.metadata().at("tokenizer.ggml.tokens").as_strings("").size());
    ++files;
  }
  EXPECT_GE(files, 5);
}

}  // namespace
}  // namespace lmos
