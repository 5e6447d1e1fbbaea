// The plugin gives through lmos.tokenizer/1 what the engine gives, and its errors reach the host.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "components/tokenizer.h"
#include "errors/error.h"
#include "llmasos/plugin.h"
#include "llmasos/text.hpp"
#include "pipeline/config_service.h"
#include "runtime/host_services.h"
#include "tokenizer/any_kind.h"
#include "tokenizer/small_tokenizer.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

// As the host runs it: one initialisation in the process.
struct Plugin {
  runtime::HostServices services{1};
  const lmos_tokenizer_interface* table = nullptr;

  Plugin() {
    services.add(LMOS_HOST_CONFIG_ID, &config_service(services.host()));
    const std::string file = LLMASOS_PLUGIN_DIRECTORY "/libtokenizer_bpe.so";
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    const auto query = reinterpret_cast<lmos_plugin_query_fn>(dlsym(library, LMOS_PLUGIN_SYMBOL));
    const lmos_host_info info{sizeof info, LMOS_ABI_VERSION, {}, {}};
    const lmos_plugin* plugin = query(&info);
    if (plugin->init(services.host()) != LMOS_OK) throw std::runtime_error("init");
    table = static_cast<const lmos_tokenizer_interface*>(
        plugin->get_interface(sdk::borrow(LMOS_TOKENIZER_ID)));
  }
};

Plugin& plugin() {
  static Plugin loaded;
  return loaded;
}

class PluginFile : public testing::Test {
 protected:
  PluginFile() {
    std::filesystem::create_directories(folder);
    write(byte_level_json());
  }
  ~PluginFile() override { std::filesystem::remove_all(folder); }

  void write(const std::string& json) const { std::ofstream(folder / "tokenizer.json") << json; }

  std::unique_ptr<components::Tokenizer> open() const {
    return components::Tokenizer::open(*plugin().table, plugin().services.host(), folder);
  }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) /
      (std::string("plugin_file_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(PluginFile, IsReadLikeTheEngineReadsIt) {
  const std::unique_ptr<components::Tokenizer> tokenizer = open();
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->json(), byte_level_json());
  EXPECT_EQ(tokenizer->vocab_size(), 261u);
  EXPECT_EQ(tokenizer->token_to_id("hello"), 259);
  EXPECT_EQ(tokenizer->token_to_id("absent"), -1);
  const std::vector<int32_t> ids = tokenizer->encode("hello你", true);
  const std::vector<TokenId> same = open_json(byte_level_json()).encode("hello你", true);
  EXPECT_EQ(ids, std::vector<int32_t>(same.begin(), same.end()));
  EXPECT_EQ(tokenizer->encode("", false), std::vector<int32_t>());
  EXPECT_EQ(tokenizer->decode(ids, true), "hello你");
  EXPECT_EQ(tokenizer->decode(ids, false), "<|end|>hello你");

  components::Tokenizer::Stream stream(*tokenizer, true);
  std::string streamed;
  for (const int32_t id : ids) streamed += stream.push(id);
  EXPECT_EQ(streamed + stream.finish(), "hello你");
}

TEST_F(PluginFile, GivesEncodingsWithOffsetsAndPads) {
  const std::unique_ptr<components::Tokenizer> tokenizer = open();
  std::vector<components::Encoding> batch = tokenizer->encode_texts("hello你", "hell", {});
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].ids.size(), 5u);
  EXPECT_EQ(batch[0].texts, (std::vector<int32_t>{0, 0, 0, 0, 1}));
  const lmos_text_range bytes = batch[0].byte_offsets[2],
                        characters = batch[0].character_offsets[2];
  EXPECT_EQ(bytes.begin, 5u);
  EXPECT_EQ(bytes.end, 8u);
  EXPECT_EQ(characters.begin, 5u);
  EXPECT_EQ(characters.end, 6u);

  batch.push_back(tokenizer->encode_texts("hell", std::nullopt, {}).at(0));
  components::pad(batch, {.multiple = 4, .side = LMOS_SIDE_LEFT, .id = 7});
  EXPECT_EQ(batch[0].ids.size(), 8u);
  EXPECT_EQ(batch[1].ids, (std::vector<int32_t>{7, 7, 7, 7, 7, 7, 260, 258}));
  EXPECT_EQ(batch[1].attention, (std::vector<uint8_t>{0, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(batch[1].type_ids.size(), 8u);

  const auto cut =
      tokenizer->encode_texts("hello hello hello", std::nullopt,
                              {.special = false, .max_length = 2, .overflow = true, .stride = 1});
  ASSERT_GT(cut.size(), 1u);
  EXPECT_EQ(cut[0].ids.back(), cut[1].ids.front());
  EXPECT_EQ(tokenizer->length_settings().max_length, 0u);
  EXPECT_EQ(tokenizer->length_settings().pad_id, -1);
  EXPECT_EQ(tokenizer->id_to_token(259), "hello");
}

TEST_F(PluginFile, OfAnotherKindIsLeftToAnotherPlugin) {
  write(with(byte_level_json(), "\"type\": \"BPE\"", "\"type\": \"Unigram\""));
  EXPECT_EQ(open(), nullptr);
  std::filesystem::remove(folder / "tokenizer.json");
  EXPECT_EQ(open(), nullptr);
}

TEST_F(PluginFile, ErrorsReachTheHost) {
  const std::unique_ptr<components::Tokenizer> tokenizer = open();
  for (const int32_t id : {-1, 261})
    EXPECT_THROW(tokenizer->decode(std::vector<int32_t>{id}, false), Error);
  EXPECT_THROW(tokenizer->encode("\xFF", false), Error);
  write(with(byte_level_json(), "\"hello\": 259", "\"hello\": 258"));
  try {
    open();
    FAIL();
  } catch (const Error& error) {
    EXPECT_PRED_FORMAT2(testing::IsSubstring, "is given to both", std::string(error.what()));
  }
}

std::unique_ptr<components::Tokenizer> train(std::vector<ConfigMember> options) {
  bool given = false;
  return components::Tokenizer::train(*plugin().table, plugin().services.host(),
                                      ConfigTree::section(std::move(options)), 11,
                                      [&](std::string_view& text) {
                                        text = "ab ab ab cd";
                                        return !std::exchange(given, true);
                                      });
}

TEST(PluginTraining, FollowsItsSection) {
  const auto special = ConfigTree::list({ConfigTree::string("<|end|>")});
  const auto bytes =
      train({{"vocab_size", ConfigTree::integer(258), {}}, {"special_tokens", special, {}}});
  EXPECT_EQ(bytes->vocab_size(), 258u);
  EXPECT_EQ(bytes->token_to_id("<|end|>"), 0);
  EXPECT_EQ(bytes->token_to_id("ab"), 257);
  const auto characters = train({{"kind", ConfigTree::string("characters"), {}}});
  EXPECT_EQ(characters->vocab_size(), 5u);
}

TEST(PluginTraining, IsCancelledThroughTheHost) {
  plugin().services.set_progress([](std::string_view, uint64_t, uint64_t) { return false; });
  EXPECT_THROW(train({}), Error);
  plugin().services.set_progress({});
}

}  // namespace
}  // namespace lmos::tokenizer
