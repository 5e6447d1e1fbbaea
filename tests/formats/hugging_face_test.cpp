#include "formats/hugging_face_writer.h"
#include "formats/json_text.h"
#include "formats/model_files.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

std::span<const std::byte> bytes_in(const std::string& text) {
  return std::as_bytes(std::span(text));
}

GenerationConfig generation_config(std::string_view generation, std::string_view config) {
  return parse_generation_config(parse_json(generation, "g"), parse_json(config, "c"), "model");
}

TEST(ModelFiles, ListsEverythingThatIsMissing) {
  ScratchFolder folder;
  auto refusal = [&] {
    return error_message(ErrorKind::kInput, [&] { ModelFiles model(folder.path()); });
  };
  EXPECT_EQ(refusal(), folder.path().string() +
                           ": not a complete model folder; missing:\n  config.json\n"
                           "  model.safetensors or model.safetensors.index.json");
  write_text(folder / "config.json", "{}");
  EXPECT_EQ(refusal(), folder.path().string() +
                           ": not a complete model folder; missing:\n"
                           "  model.safetensors or model.safetensors.index.json");
  EXPECT_EQ(error_message(ErrorKind::kInput, [&] { ModelFiles model(folder / "absent"); }),
            (folder / "absent").string() + ": no such model file or folder");
}

TEST(ModelFiles, PointsAtTheDamageInAConfiguration) {
  ScratchFolder folder;
  write_text(folder / "model.safetensors", safetensors_file("{}", ""));
  write_text(folder / "config.json", "{\n  \"a\": 1,\n}");
  auto refusal = [&] {
    return error_message(ErrorKind::kInput, [&] { ModelFiles model(folder.path()); });
  };
  expect_contains(refusal(), (folder / "config.json").string() + ":3:1: not valid JSON");
  write_text(folder / "config.json", "[]");
  expect_contains(refusal(), "config.json: expected an object, found []");
  write_text(folder / "config.json", "{\"eos_token_id\": \"</s>\"}");
  expect_contains(refusal(), "config.json: \"eos_token_id\": expected an integer, found \"</s>\"");
}

TEST(HuggingFaceWriter, WritesAFolderThatReadsBack) {
  ScratchFolder folder;
  HuggingFaceFiles files{
      .config = Json::Object{{"model_type", "llama"}, {"rms_norm_eps", 1e-5}, {"eos_token_id", 2}},
      .generation_config = Json::Object{{"eos_token_id", Json::Array{2, 3}}},
      .tokenizer = "{\"version\": \"1.0\"}"};
  HuggingFaceWriter writer(folder / "model", files, {{"b", LMOS_U8, {4}}, {"a", LMOS_U8, {4}}}, 5);
  writer.append("b", bytes_in("bbbb"));
  writer.append("a", bytes_in("aaaa"));
  write_text(writer.staging() / "trainer_state.json", "{}");
  EXPECT_FALSE(std::filesystem::exists(folder / "model"));
  writer.commit();

  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
  EXPECT_EQ(
      names_in(folder / "model"),
      (std::set<std::string>{"config.json", "generation_config.json", "tokenizer.json",
                             "trainer_state.json", "model-00001-of-00002.safetensors",
                             "model-00002-of-00002.safetensors", "model.safetensors.index.json"}));
  ModelFiles model(folder / "model");
  EXPECT_EQ(model.config(), files.config);
  EXPECT_EQ(model.generation_config_json(), *files.generation_config);
  EXPECT_EQ(model.generation_config().eos_token_ids, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(file_text(model.tokenizer_path()), *files.tokenizer);
  Weights weights = model.open_weights();
  EXPECT_EQ(text_of(weights.tensors().at("a").data), "aaaa");
  EXPECT_EQ(text_of(weights.tensors().at("b").data), "bbbb");
}

TEST(HuggingFaceWriter, LeavesTheEarlierModelUntilTheNewOneIsComplete) {
  ScratchFolder folder;
  auto start = [&] {
    return HuggingFaceWriter(folder / "model", {.config = Json::Object{}}, {{"w", LMOS_U8, {3}}});
  };
  {
    HuggingFaceWriter writer = start();
    writer.append("w", bytes_in("old"));
    writer.commit();
  }
  {
    HuggingFaceWriter writer = start();
    writer.append("w", bytes_in("ne"));
    error_message(ErrorKind::kInternal, [&] { writer.commit(); });
  }
  ModelFiles model(folder / "model");
  EXPECT_EQ(text_of(model.open_weights().tensors().at("w").data), "old");
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
  EXPECT_FALSE(model.has_tokenizer());
  EXPECT_EQ(model.tokenizer_path(), folder / "model");
}

TEST(GenerationConfig, ReadsEveryField) {
  GenerationConfig config = generation_config(
      R"({"eos_token_id": [2, 7], "bos_token_id": 1, "pad_token_id": null, "do_sample": true,
          "temperature": 1, "top_p": 0.9, "min_p": 0.05, "top_k": 40, "repetition_penalty": 1.1,
          "max_new_tokens": 128, "transformers_version": "5.0"})",
      R"({"eos_token_id": 5, "pad_token_id": 9})");
  EXPECT_EQ(config.eos_token_ids, (std::vector<int64_t>{2, 7}));
  EXPECT_EQ(config.bos_token_id, 1);
  EXPECT_EQ(config.pad_token_id, 9);
  EXPECT_EQ(config.do_sample, true);
  EXPECT_EQ(config.temperature, 1.0);
  EXPECT_EQ(config.top_p, 0.9);
  EXPECT_EQ(config.min_p, 0.05);
  EXPECT_EQ(config.top_k, 40);
  EXPECT_EQ(config.repetition_penalty, 1.1);
  EXPECT_EQ(config.max_new_tokens, 128);
}

TEST(GenerationConfig, FallsBackToTheModelsTokenIds) {
  EXPECT_EQ(generation_config("null", R"({"eos_token_id": 5})").eos_token_ids,
            std::vector<int64_t>{5});
  EXPECT_EQ(generation_config("{}", R"({"eos_token_id": [5, 6]})").eos_token_ids,
            (std::vector<int64_t>{5, 6}));
  EXPECT_TRUE(generation_config("{}", R"({"eos_token_id": null})").eos_token_ids.empty());
}

TEST(GenerationConfig, NamesTheFieldOfTheWrongType) {
  auto refusal = [](std::string_view text) {
    return error_message(ErrorKind::kInput, [&] { generation_config(text, "{}"); });
  };
  EXPECT_EQ(refusal(R"({"top_k": 1.5})"),
            "model/generation_config.json: \"top_k\": expected an integer, found 1.5");
  expect_contains(refusal(R"({"eos_token_id": [1, "x"]})"),
                  "\"eos_token_id\": expected an integer");
  expect_contains(refusal(R"({"do_sample": 1})"), "expected true or false");
  expect_contains(refusal("[]"), "expected an object");
}

}  // namespace
}  // namespace lmos
