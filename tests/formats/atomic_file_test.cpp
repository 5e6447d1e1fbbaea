#include "formats/atomic_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "formats/atomic_folder.h"
#include "scratch.h"

namespace lmos {
namespace {

// Makes this process unable to write beyond `bytes` of a file, which fails like a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

TEST(AtomicFile, AppearsOnlyWithCommit) {
  ScratchFolder folder;
  AtomicFile file(folder / "a");
  file.write("one ");
  file.write("two");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
  file.commit();
  EXPECT_EQ(file_text(folder / "a"), "one two");
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a"});
}

TEST(AtomicFile, LeavesTheEarlierFileWhenDropped) {
  ScratchFolder folder;
  write_file_atomically(folder / "a", "old");
  { AtomicFile(folder / "a").write("new"); }
  EXPECT_EQ(file_text(folder / "a"), "old");
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a"});
}

TEST(AtomicFile, ReplacesTheEarlierFile) {
  ScratchFolder folder;
  write_file_atomically(folder / "a", "a long old text");
  write_file_atomically(folder / "a", "new");
  EXPECT_EQ(file_text(folder / "a"), "new");
}

TEST(AtomicFile, NamesTheMissingFolder) {
  ScratchFolder folder;
  std::string message =
      error_message(ErrorKind::kResource, [&] { AtomicFile file(folder / "absent/a"); });
  expect_contains(message, (folder / "absent/a").string());
  expect_contains(message, "No such file or directory");
}

TEST(AtomicFile, LeavesTheEarlierFileWhenTheLimitIsHit) {
  ScratchFolder folder;
  write_file_atomically(folder / "a", "old");
  std::string message = error_message(ErrorKind::kResource, [&] {
    FileSizeLimit limit(4096);
    write_file_atomically(folder / "a", std::string(10000, 'x'));
  });
  expect_contains(message, (folder / "a").string());
  expect_contains(message, "File too large");
  EXPECT_EQ(file_text(folder / "a"), "old");
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a"});
}

TEST(AtomicFile, DoesNotReplaceAFolder) {
  ScratchFolder folder;
  std::filesystem::create_directory(folder / "a");
  const std::string message =
      error_message(ErrorKind::kResource, [&] { AtomicFile file(folder / "a"); });
  expect_contains(message, (folder / "a").string() + ": Is a directory");
}

TEST(AtomicFile, WritesIntoADeviceThatIsThere) {
  ScratchFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "full");
  const std::string message =
      error_message(ErrorKind::kResource, [&] { write_file_atomically(folder / "full", "text"); });
  expect_contains(message, "cannot write " + (folder / "full").string() + ": No space left");
  EXPECT_TRUE(std::filesystem::is_character_file(folder / "full"));
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"full"});
}

TEST(AtomicFile, WritesIntoAPipe) {
  ScratchFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  write_file_atomically(folder / "pipe", "text");
  char text[8];
  EXPECT_EQ(::read(reader, text, sizeof text), 4);
  EXPECT_EQ(std::string_view(text, 4), "text");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(OutputFile, SaysThatTheDiskIsFull) {
  std::string message = error_message(ErrorKind::kResource, [] {
    OutputFile("/dev/full", OutputFile::Mode::kAppend).write("text");
  });
  expect_contains(message, "cannot write /dev/full: No space left on device; free space");
}

TEST(AtomicFolder, AppearsOnlyWithCommit) {
  ScratchFolder folder;
  AtomicFolder written(folder / "deep/er/model/");
  write_text(written.staging() / "a", "text");
  std::filesystem::create_directory(written.staging() / "sub");
  write_text(written.staging() / "sub/b", "more");
  EXPECT_FALSE(std::filesystem::exists(folder / "deep/er/model"));
  written.commit();
  EXPECT_EQ(file_text(folder / "deep/er/model/a"), "text");
  EXPECT_EQ(file_text(folder / "deep/er/model/sub/b"), "more");
  EXPECT_EQ(names_in(folder / "deep/er"), std::set<std::string>{"model"});
}

TEST(AtomicFolder, ReplacesTheEarlierFolderAsAWhole) {
  ScratchFolder folder;
  for (const char* name : {"old", "new"}) {
    AtomicFolder written(folder / "model");
    write_text(written.staging() / name, name);
    written.commit();
  }
  EXPECT_EQ(names_in(folder / "model"), std::set<std::string>{"new"});
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
}

TEST(AtomicFolder, LeavesTheEarlierFolderWhenDropped) {
  ScratchFolder folder;
  {
    AtomicFolder written(folder / "model");
    write_text(written.staging() / "old", "");
    written.commit();
  }
  {
    AtomicFolder dropped(folder / "model");
    write_text(dropped.staging() / "new", "");
  }
  EXPECT_EQ(names_in(folder / "model"), std::set<std::string>{"old"});
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
}

TEST(AtomicFolder, ForgetsWhatAKilledWriterLeft) {
  ScratchFolder folder;
  std::filesystem::path staging = AtomicFolder(folder / "model").staging();
  std::filesystem::create_directory(staging);
  write_text(staging / "stale", "");
  AtomicFolder written(folder / "model");
  EXPECT_EQ(written.staging(), staging);
  written.commit();
  EXPECT_TRUE(names_in(folder / "model").empty());
}

TEST(AtomicFolder, DoesNotReplaceAFile) {
  ScratchFolder folder;
  write_text(folder / "model", "a file");
  std::string message =
      error_message(ErrorKind::kResource, [&] { AtomicFolder written(folder / "model"); });
  expect_contains(message, (folder / "model").string() + ": Not a directory");
  EXPECT_EQ(file_text(folder / "model"), "a file");
}

}  // namespace
}  // namespace lmos
