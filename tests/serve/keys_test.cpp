// API keys at rest, and limits by the minute.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "formats/scratch.h"
#include "serve/api_keys.h"
#include "serve/rate_limit.h"

namespace lmos::serve {
namespace {

TEST(Keys, AreFoundByTheirSecretOnlyAndGoneOnceRevoked) {
  ScratchFolder scratch;
  Database database(scratch / "state");
  KeyStore store(database);
  EXPECT_TRUE(store.load().empty());
  const std::string first = store.add({.name = "one", .tokens_per_minute = 5});
  const std::string second = store.add({.name = "two", .rights = KeyRights::kAdmin});
  EXPECT_NE(first, second);
  const auto keys = store.load();
  ASSERT_NE(find_key(keys, first), nullptr);
  EXPECT_EQ(find_key(keys, first)->name, "one");
  EXPECT_EQ(find_key(keys, first)->tokens_per_minute, 5);
  EXPECT_EQ(find_key(keys, first)->rights, KeyRights::kUse);
  ASSERT_NE(find_key(keys, second), nullptr);
  EXPECT_EQ(find_key(keys, second)->rights, KeyRights::kAdmin);
  EXPECT_EQ(find_key(keys, first + "0"), nullptr);
  EXPECT_EQ(find_key(keys, ""), nullptr);
  EXPECT_TRUE(store.revoke(keys[0].id));
  EXPECT_FALSE(store.revoke(keys[0].id));
  EXPECT_EQ(find_key(store.load(), first), nullptr);
  EXPECT_NE(find_key(store.load(), second), nullptr);
}

TEST(Keys, AnotherProcessesChangesShow) {
  ScratchFolder scratch;
  Database database(scratch / "state"), other(scratch / "state");
  const KeyStore store(database);
  const int64_t before = store.version_seen();
  EXPECT_EQ(store.version_seen(), before);
  const std::string secret = KeyStore(other).add({.name = "one"});
  EXPECT_NE(store.version_seen(), before);
  EXPECT_NE(find_key(store.load(), secret), nullptr);
}

TEST(Keys, TheFilesHoldNoSecretAndAreTheOwnersAlone) {
  ScratchFolder scratch;
  Database database(scratch / "state");
  const std::string secret = KeyStore(database).add({.name = "one"});
  for (const auto& file : std::filesystem::directory_iterator(scratch / "state")) {
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    EXPECT_EQ(text.str().find(secret.substr(5)), std::string::npos);
    struct stat status {};
    ASSERT_EQ(stat(file.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << file.path();
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
