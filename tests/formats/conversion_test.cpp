#include "formats/convert/conversion.h"

#include <algorithm>
#include <cstring>

#include "formats/gguf.h"
#include "formats/gguf_config.h"
#include "formats/gguf_names.h"
#include "formats/json_text.h"
#include "formats/model_files.h"
#include "formats/model_info.h"
#include "formats/rope_factors.h"
#include "formats/tensor_view.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

fs::path tiny_model(const char* name) {
  return fs::path(LLMASOS_SOURCE_DIRECTORY) / "tests" / "models" / "data" / name;
}

void convert(const fs::path& in, const fs::path& out, std::string_view encoding = {}) {
  convert_model({.in = in, .out = out, .encoding = encoding_of_option(encoding)}, {});
}

using Values = std::map<std::string, std::vector<float>>;

Values values_of(const Weights& weights) {
  Values all;
  for (const auto& [name, tensor] : weights.tensors()) {
    std::string bytes;
    read_tensor(tensor, {LMOS_F32, nullptr}, name,
                [&](std::span<const std::byte> piece) { bytes += text_of(piece); });
    std::vector<float>& values = all[name];
    values.resize(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return all;
}

class EveryTinyModel : public testing::TestWithParam<const char*> {};

TEST_P(EveryTinyModel, ComesBackFromEveryFormatBitForBit) {
  ScratchFolder folder;
  const fs::path original = tiny_model(GetParam());
  const Values expected = values_of(ModelFiles(original).open_weights());
  convert(original, folder / "m.gguf");
  EXPECT_EQ(values_of(ModelFiles(folder / "m.gguf").open_weights()), expected);
  convert(folder / "m.gguf", folder / "from_gguf");
  EXPECT_EQ(values_of(ModelFiles(folder / "from_gguf").open_weights()), expected);
  convert(original, folder / "m.pt");
  EXPECT_EQ(values_of(open_weights_file(folder / "m.pt")), expected);
  convert(folder / "m.pt", folder / "m.safetensors");
  EXPECT_EQ(values_of(open_weights_file(folder / "m.safetensors")), expected);
  convert(folder / "m.gguf", folder / "again.gguf");
  EXPECT_EQ(file_text(folder / "again.gguf"), file_text(folder / "m.gguf"));
}

TEST_P(EveryTinyModel, KeepsItsConfigurationThroughGguf) {
  ScratchFolder folder;
  const ModelFiles original(tiny_model(GetParam()));
  convert(original.path(), folder / "m.gguf");
  const ModelFiles back(folder / "m.gguf");
  for (const char* key :
       {"model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "intermediate_size", "max_position_embeddings",
        "rms_norm_eps", "tie_word_embeddings", "n_embd", "n_layer", "n_head", "n_positions",
        "layer_norm_epsilon", "activation_function"}) {
    const Json* value = original.config().find(key);
    if (!value) continue;
    ASSERT_TRUE(back.config().find(key)) << key;
    EXPECT_EQ(*back.config().find(key), *value) << key;
  }
  if (const Json* rope = original.config().find("rope_parameters")) {
    for (const JsonMember& member : rope->as_object(""))
      EXPECT_EQ(*back.config().at("rope_parameters", "").find(member.key), member.value)
          << member.key;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, EveryTinyModel,
                         testing::Values("tiny-llama2-gqa", "tiny-llama3-rope-tied", "tiny-gpt2"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Conversion, QuantisesMatricesAndKeepsVectorsForGguf) {
  ScratchFolder folder;
  convert(tiny_model("tiny-llama2-gqa"), folder / "m.gguf", "q8_0");
  const GgufFile file(folder / "m.gguf");
  EXPECT_EQ(encoding_name(file.contents().tensors.at("blk.0.ffn_up.weight").encoding), "Q8_0");
  EXPECT_EQ(encoding_name(file.contents().tensors.at("output_norm.weight").encoding), "F32");
  EXPECT_EQ(file.metadata().at("general.file_type").as_int64(""), 7);
  const Values exact = values_of(ModelFiles(tiny_model("tiny-llama2-gqa")).open_weights());
  for (const auto& [name, values] : values_of(ModelFiles(folder / "m.gguf").open_weights())) {
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(values[i], exact.at(name)[i], 0.01) << name;
  }
}

TEST(Conversion, WritesShardsAndTheDtypeOfAFolder) {
  ScratchFolder folder;
  convert_model({.in = tiny_model("tiny-llama2-gqa"),
                 .out = folder / "m",
                 .encoding = encoding_of_option("bf16"),
                 .max_shard_bytes = 100'000},
                {});
  const ModelFiles model(folder / "m");
  EXPECT_TRUE(fs::exists(folder / "m/model.safetensors.index.json"));
  EXPECT_EQ(model.config().at("torch_dtype", ""), Json("bfloat16"));
  EXPECT_EQ(model.config().at("dtype", ""), Json("bfloat16"));
  EXPECT_EQ(model_info(folder / "m").parameters_by_encoding.size(), 1u);
  EXPECT_EQ(model_info(folder / "m").parameters_by_encoding.begin()->first, "BF16");
}

TEST(Conversion, LeavesNothingBehindWhenItIsInterrupted) {
  ScratchFolder folder;
  for (const char* name : {"m.gguf", "m.pt", "m.safetensors", "m"}) {
    int asked = 0;
    ConversionEvents events;
    events.cancelled = [&] { return ++asked > 3; };
    EXPECT_EQ(error_message(ErrorKind::kInterrupted,
                            [&] {
                              convert_model(
                                  {.in = tiny_model("tiny-llama2-gqa"), .out = folder / name},
                                  events);
                            }),
              "interrupted; nothing was written");
    EXPECT_TRUE(names_in(folder.path()).empty()) << name;
  }
}

TEST(Conversion, RefusesToDestroyWhatIsNoModel) {
  ScratchFolder folder;
  const auto refusal = [&](const fs::path& in, const fs::path& out, bool overwrite) {
    return error_message(ErrorKind::kUsage, [&] {
      convert_model({.in = in, .out = out, .overwrite = overwrite}, {});
    });
  };
  const fs::path model = tiny_model("tiny-llama2-gqa");
  fs::create_directory(folder / "precious");
  write_text(folder / "precious" / "thesis.txt", "all my work");
  expect_contains(refusal(model, folder / "precious", true), "something other than a model");
  write_text(folder / "m.gguf", "old");
  expect_contains(refusal(model, folder / "m.gguf", false), "exists; --overwrite replaces it");
  expect_contains(refusal(model, model, true), "the source and the target are the same");
  expect_contains(refusal(model, folder / "m.onnx", true), "\".onnx\" names no format");
  convert_model({.in = model, .out = folder / "m.gguf", .overwrite = true}, {});
  EXPECT_TRUE(ModelFiles(folder / "m.gguf").gguf());
}

TEST(Conversion, SaysWhatATargetNeeds) {
  ScratchFolder folder;
  const fs::path model = tiny_model("tiny-llama2-gqa");
  convert(model, folder / "m.pt");
  for (const char* out : {"x.gguf", "x"})
    expect_contains(
        error_message(ErrorKind::kInput, [&] { convert(folder / "m.pt", folder / out); }),
        "convert the folder that has its config.json");
  expect_contains(
      error_message(ErrorKind::kUsage, [&] { convert(model, folder / "x.pt", "q8_0"); }),
      "only GGUF holds Q8_0");
  expect_contains(
      error_message(ErrorKind::kInput, [&] { convert(folder / "absent", folder / "x.pt"); }),
      "absent");
}

TEST(GgufNames, ListWhatHasNoPlace) {
  const Json config = Json::Object{{"model_type", "bert"}, {"num_attention_heads", 2}};
  StoredTensors tensors;
  for (const char* name : {"bert.embeddings.word_embeddings.weight", "cls.predictions.bias",
                           "bert.encoder.layer.12.output.dense.bias", "bert.encoder.layer.x.y"})
    tensors.emplace(name, StoredTensor{});
  const RenamedTensors renamed = gguf_names(tensors, config, "config.json");
  EXPECT_TRUE(renamed.tensors.contains("token_embd.weight"));
  EXPECT_TRUE(renamed.tensors.contains("blk.12.ffn_down.bias"));
  EXPECT_EQ(renamed.left_out,
            (std::vector<std::string>{"bert.encoder.layer.x.y", "cls.predictions.bias"}));
  const Json unknown = Json::Object{{"model_type", "mamba"}};
  expect_contains(
      error_message(ErrorKind::kInput, [&] { gguf_names(tensors, unknown, "config.json"); }),
      "\"mamba\" models have no known names in GGUF; known are those of llama, gpt2, bert");
}

// GGUF has no key for the activation: readers take the one of the architecture.
TEST(Conversion, WritesOnlyTheActivationThatAnArchitectureHasInGguf) {
  struct Family {
    const char *model, *key;
    std::vector<std::string> written, refused;
  };
  const Family families[] = {
      {"tiny-llama2-gqa", "hidden_act", {"silu", "swish"}, {"gelu", "gelu_pytorch_tanh", "relu"}},
      {"tiny-gpt2",
       "activation_function",
       {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh"},
       {"gelu", "quick_gelu", "relu", "silu", "tanh"}},
      {"tiny-bert",
       "hidden_act",
       {"gelu", "gelu_python"},
       {"gelu_new", "quick_gelu", "relu", "silu", "tanh"}},
  };
  for (const Family& family : families) {
    Json config = ModelFiles(tiny_model(family.model)).config();
    const auto write = [&](const std::string& activation) {
      config.set(family.key, activation);
      GgufMetadataBuilder metadata;
      add_gguf_config(config, "config.json", metadata);
    };
    for (const std::string& name : family.written) EXPECT_NO_THROW(write(name)) << name;
    for (const std::string& name : family.refused)
      expect_contains(error_message(ErrorKind::kInput, [&] { write(name); }),
                      "config.json: \"" + std::string(family.key) + "\": \"" + name +
                          "\" is not what " + config.at("model_type", "").as_string("") +
                          " models in GGUF use; " + family.written[0] + " is");
  }
}

TEST(GgufNames, RefuseRowsThatAreNoHeads) {
  const std::vector<float> values(6 * 4);
  const Json config = Json::Object{{"model_type", "llama"}, {"num_attention_heads", 2}};
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{6, 4}, std::vector<int64_t>{}}) {
    StoredTensors tensors;
    tensors.emplace("blk.0.attn_q.weight",
                    StoredTensor{{LMOS_F32, nullptr}, shape, std::as_bytes(std::span(values))});
    expect_contains(
        error_message(ErrorKind::kInput, [&] { hugging_face_names(tensors, config, "m.gguf"); }),
        "\"blk.0.attn_q.weight\": its shape " + shape_text(shape) +
            " does not divide into 2 heads");
  }
}

TEST(RopeFactors, ComeBackAsTheScalingTheyWereMadeOf) {
  for (const Llama3RopeScaling scaling :
       {Llama3RopeScaling{8, 1, 4, 8192}, Llama3RopeScaling{32, 1, 4, 8192},
        Llama3RopeScaling{4, 2, 8, 4096}}) {
    const auto factors = llama3_rope_factors(scaling, 500000, 128);
    const auto back = llama3_scaling_of(factors, 500000, scaling.original_context);
    ASSERT_TRUE(back);
    EXPECT_NEAR(back->factor, scaling.factor, 1e-4);
    EXPECT_NEAR(back->low_freq_factor, scaling.low_freq_factor, 0.01);
    EXPECT_NEAR(back->high_freq_factor, scaling.high_freq_factor, 0.01);
  }
  const std::vector<float> other = {1, 3, 2, 8};
  EXPECT_FALSE(llama3_scaling_of(other, 10000, 8192));
  EXPECT_FALSE(llama3_scaling_of({}, 10000, 8192));
}

TEST(ModelInfo, ShowsAFolderAndAFileOfWeights) {
  const ModelInfo info = model_info(tiny_model("tiny-llama2-gqa"));
  EXPECT_EQ(info.architecture, "llama");
  EXPECT_EQ(info.format, "Hugging Face folder (safetensors)");
  EXPECT_GT(info.parameters, 100'000);
  EXPECT_EQ(info.bytes, static_cast<uint64_t>(info.parameters) * 4);
  EXPECT_FALSE(as_json(info, false).find("tensors"));
  EXPECT_EQ(as_json(info, true).at("tensors", "").as_array("").size(), info.tensors.size());
  ScratchFolder folder;
  write_text(folder / "junk", "neither this nor that");
  expect_contains(error_message(ErrorKind::kInput, [&] { model_info(folder / "junk"); }),
                  "neither safetensors nor GGUF nor a file of torch.save");
}

}  // namespace
}  // namespace lmos
