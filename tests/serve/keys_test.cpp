// API keys at rest, and limits by the minute.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "errors/error.h"
#include "formats/scratch.h"
#include "serve/api_keys.h"
#include "serve/rate_limit.h"

namespace lmos::serve {
namespace {

TEST(Keys, AreFoundByTheirSecretOnlyAndGoneOnceRevoked) {
  ScratchFolder scratch;
  KeyFile file(scratch / "state");
  EXPECT_TRUE(file.load().empty());
  const std::string first = file.add({.name = "one", .tokens_per_minute = 5});
  const std::string second = file.add({.name = "two"});
  EXPECT_NE(first, second);
  const auto keys = file.load();
  ASSERT_NE(find_key(keys, first), nullptr);
  EXPECT_EQ(find_key(keys, first)->name, "one");
  EXPECT_EQ(find_key(keys, first)->tokens_per_minute, 5);
  EXPECT_EQ(find_key(keys, first + "0"), nullptr);
  EXPECT_EQ(find_key(keys, ""), nullptr);
  EXPECT_TRUE(file.revoke(keys[0].id));
  EXPECT_FALSE(file.revoke(keys[0].id));
  EXPECT_EQ(find_key(file.load(), first), nullptr);
  EXPECT_NE(find_key(file.load(), second), nullptr);
}

TEST(Keys, TheFileHoldsNoSecretAndIsTheOwnersAlone) {
  ScratchFolder scratch;
  KeyFile file(scratch / "state");
  const std::string secret = file.add({.name = "one"});
  std::stringstream text;
  text << std::ifstream(file.path()).rdbuf();
  EXPECT_EQ(text.str().find(secret.substr(5)), std::string::npos);
  struct stat status {};
  ASSERT_EQ(stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(Keys, ADamagedFileIsAnError) {
  ScratchFolder scratch;
  std::filesystem::create_directories(scratch / "state");
  for (const char* text : {"", "{", "{\"keys\":3}", "{\"keys\":[{\"id\":1}]}"}) {
    std::ofstream(scratch / "state/keys.json") << text;
    EXPECT_THROW(KeyFile(scratch / "state").load(), Error) << text;
  }
}

TEST(RateLimit, RefillsEvenlyAndOwesWhatWasTakenAhead) {
  using std::chrono::seconds;
  const RateLimit::Clock::time_point start{};
  RateLimit limit(60, start);
  EXPECT_EQ(limit.seconds_until(60, start), 0);
  limit.take(60, start);
  EXPECT_EQ(limit.seconds_until(1, start), 1);
  EXPECT_EQ(limit.seconds_until(30, start + seconds(10)), 20);
  limit.take(100, start + seconds(10));
  EXPECT_EQ(limit.seconds_until(1, start + seconds(10)), 91);
  EXPECT_EQ(limit.seconds_until(1, start + seconds(101)), 0);
  // What was not used in an hour is no more than a minute's.
  EXPECT_EQ(limit.seconds_until(60, start + seconds(3600)), 0);
  limit.take(60, start + seconds(3600));
  EXPECT_GT(limit.seconds_until(1, start + seconds(3600)), 0);
}

}  // namespace
}  // namespace lmos::serve
