#include "formats/mapped_file.h"

#include <sys/stat.h>

#include "scratch.h"

namespace lmos {
namespace {

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, HoldsTheBytesAcrossAMove) {
  ScratchFolder folder;
  write_text(folder / "a", "some bytes");
  MappedFile first(folder / "a");
  const std::byte* address = first.bytes().data();
  MappedFile second(std::move(first));
  EXPECT_EQ(second.bytes().data(), address);
  EXPECT_EQ(text_of(second), "some bytes");
  EXPECT_EQ(second.size(), 10u);
}

TEST(MappedFile, KeepsTheOldContentWhenTheFileIsReplaced) {
  ScratchFolder folder;
  write_text(folder / "a", "old");
  MappedFile file(folder / "a");
  write_text(folder / "b", "new");
  std::filesystem::rename(folder / "b", folder / "a");
  EXPECT_EQ(text_of(file), "old");
}

TEST(MappedFile, OpensAnEmptyFile) {
  ScratchFolder folder;
  write_text(folder / "a", "");
  EXPECT_EQ(MappedFile(folder / "a").size(), 0u);
}

TEST(MappedFile, RefusesWhatIsNoRegularFile) {
  ScratchFolder folder;
  auto message_of = [](const std::filesystem::path& path) {
    return error_message(ErrorKind::kInput, [&] { MappedFile file(path); });
  };
  expect_contains(message_of(folder / "absent"), "cannot open " + (folder / "absent").string());
  expect_contains(message_of(folder.path()), "not a regular file");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_contains(message_of(folder / "pipe"), "not a regular file");
}

}  // namespace
}  // namespace lmos
