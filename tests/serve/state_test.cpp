// The daemon's state: kept whole, and refused clearly where it can't be read or written.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <functional>

#include "errors/error.h"
#include "formats/scratch.h"
#include "serve/state/database.h"
#include "serve/state/model_store.h"

namespace lmos::serve {
namespace {

// The error's text, after its kind; "" if there was none.
std::string error_of(ErrorKind kind, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

// Files of this process end here, as on a disk that is full.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(State, IsThereAgainWhenItIsOpenedAgain) {
  ScratchFolder scratch;
  {
    Database database(scratch / "deep/state");
    ModelStore models(database);
    models.put({"a", "path: x", 1});
    models.put({"b", "path: y", 2});
    models.put({"a", "path: z", 3});
    EXPECT_TRUE(models.remove("b"));
    EXPECT_FALSE(models.remove("b"));
  }
  Database database(scratch / "deep/state");
  const auto models = ModelStore(database).all();
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].configuration, "path: z");
  EXPECT_EQ(models[0].created, 1);
}

TEST(State, OfATransactionAllOrNothingIsKept) {
  ScratchFolder scratch;
  Database database(scratch / "state");
  ModelStore models(database);
  {
    Transaction transaction(database);
    models.put({"a", "x", 1});
  }
  EXPECT_TRUE(models.all().empty());
  Transaction transaction(database);
  models.put({"a", "x", 1});
  transaction.commit();
  EXPECT_EQ(models.all().size(), 1u);
}

TEST(State, WhatItCantReadIsToldApart) {
  ScratchFolder scratch;
  const auto file = scratch / "state/state.sqlite";
  const auto open = [&] { Database database(scratch / "state"); };
  std::filesystem::create_directories(scratch / "state");
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_NE(error_of(ErrorKind::kConfiguration, open).find("is damaged"), std::string::npos);

  std::filesystem::remove(file);
  Database(scratch / "state").prepare("PRAGMA user_version = 99").run();
  EXPECT_NE(error_of(ErrorKind::kConfiguration, open).find("a newer llmasosd"), std::string::npos);

  std::filesystem::remove(file);
  Database(scratch / "state").prepare("PRAGMA application_id = 5").run();
  EXPECT_NE(error_of(ErrorKind::kConfiguration, open).find("another program"), std::string::npos);

  // Pages of a good file overwritten.
  std::filesystem::remove(file);
  open();
  std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(4096 + 5);
  damaged << std::string(8000, 'x');
  damaged.close();
  EXPECT_NE(error_of(ErrorKind::kConfiguration, open).find("is damaged"), std::string::npos);
}

TEST(State, OnAFullDiskTheChangeIsRefusedAndTheRestStays) {
  ScratchFolder scratch;
  Database database(scratch / "state");
  ModelStore models(database);
  models.put({"a", "x", 1});
  {
    const FileLimit limit(128 << 10);
    const auto put = [&] { models.put({"b", std::string(1 << 20, 'y'), 2}); };
    EXPECT_NE(error_of(ErrorKind::kResource, put).find("state.sqlite"), std::string::npos);
    EXPECT_EQ(models.all().size(), 1u);
  }
  models.put({"b", std::string(1 << 20, 'y'), 2});
  EXPECT_EQ(models.all().size(), 2u);
}

}  // namespace
}  // namespace lmos::serve
