// llmasosd's file: what it may hold, and what its mistakes are told as.
#include "serve/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "errors/error.h"
#include "formats/scratch.h"

namespace lmos::serve {
namespace {

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    std::filesystem::create_directories(scratch_ / "models/one");
    std::filesystem::create_directories(scratch_ / "elsewhere");
    std::filesystem::create_directory_symlink(scratch_ / "elsewhere", scratch_ / "models/link");
  }
  Config load(const std::string& more, const std::string& path = "models/one") {
    std::ofstream(scratch_ / "d.yaml")
        << "version: 1\nfolders: [" << (scratch_ / "models").string() << "]\nstate_folder: state\n"
        << "models:\n  - {name: m, path: " << (scratch_ / path).string() << "}\n"
        << more;
    return load_config(scratch_ / "d.yaml", {});
  }
  std::string error_of(const std::string& more, const std::string& path = "models/one") {
    try {
      load(more, path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
      return error.what();
    }
    return "";
  }
  ScratchFolder scratch_;
};

TEST_F(ConfigFile, HasSafeDefaults) {
  const Config config = load("");
  EXPECT_EQ(config.listen.address, "127.0.0.1");
  EXPECT_EQ(config.listen.port, 8080);
  EXPECT_FALSE(config.require_keys);
  EXPECT_EQ(config.models.at(0).path, std::filesystem::canonical(scratch_ / "models/one"));
  EXPECT_TRUE(config.models.at(0).backend.is_section());
  EXPECT_GT(config.models.at(0).queue_tokens, 0);
}

TEST_F(ConfigFile, MistakesAreNamedWithTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"listne: {port: 1}", "6:1: listne: unknown key; did you mean 'listen'?"},
      {"listen: {port: 65536}", "listen.port"},
      {"listen: {address: localhost}", "no IP address"},
      {"limits: {n: 0}", "limits.n"},
      {"workers: {heartbeat_seconds: 0}", "greater than 0"},
      {"require_keys: 1", "expected true or false"},
      {"jobs: {running: 0}", "jobs.running"},
      {"jobs: {read: [nowhere]}", "jobs.read.0: 'nowhere' can't be opened"},
      {"jobs: {write: [.]}", "jobs.write.0: holds state_folder"},
      {"pipelines: [a]", "expected a section"},
      {"pipelines: {a b: c}", "may hold letters, digits"},
      {"pipelines: {a: nowhere.yaml}", "pipelines.a: 'nowhere.yaml' is no file"},
  };
  for (const auto& [more, expected] : cases)
    EXPECT_NE(error_of(more).find(expected), std::string::npos) << error_of(more);
}

TEST_F(ConfigFile, ModelsStayInsideTheirFolders) {
  EXPECT_NE(error_of("", "elsewhere").find("none of `folders`"), std::string::npos);
  EXPECT_NE(error_of("", "models/link").find("none of `folders`"), std::string::npos);
  EXPECT_NE(error_of("", "models/one/../../elsewhere").find("none of `folders`"),
            std::string::npos);
  EXPECT_NE(error_of("", "models/none").find("can't be opened"), std::string::npos);
}

}  // namespace
}  // namespace lmos::serve
