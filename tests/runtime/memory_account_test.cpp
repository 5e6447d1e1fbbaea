#include "runtime/memory_account.h"

#include <gtest/gtest.h>

#include "backends/backend_plugins.h"
#include "errors/error.h"

namespace lmos::runtime {
namespace {

TEST(MemoryAccount, KeepsUseAndPeakByCategory) {
  MemoryAccount account;
  account.add(MemoryCategory::kParameters, 100);
  account.add(MemoryCategory::kCaches, 50);
  account.remove(MemoryCategory::kCaches, 50);
  account.add(MemoryCategory::kOptimizer, 20);
  EXPECT_EQ(account.use(MemoryCategory::kParameters).bytes, 100u);
  EXPECT_EQ(account.use(MemoryCategory::kCaches).bytes, 0u);
  EXPECT_EQ(account.use(MemoryCategory::kCaches).peak, 50u);
  EXPECT_EQ(account.total().bytes, 120u);
  EXPECT_EQ(account.total().peak, 150u);
  account.reset_peaks();
  EXPECT_EQ(account.use(MemoryCategory::kCaches).peak, 0u);
  EXPECT_EQ(account.total().peak, 120u);
}

TEST(MemoryAccount, TableNamesWhatWasUsed) {
  MemoryAccount account;
  account.add(MemoryCategory::kCaches, 4096);
  std::string table = account.table();
  EXPECT_NE(table.find("caches"), std::string::npos);
  EXPECT_NE(table.find("4096"), std::string::npos);
  EXPECT_EQ(table.find("optimizer"), std::string::npos);
}

TEST(Device, CountsBuffersWhileTheyLive) {
  Device& device = test::backend("reference");
  uint64_t before = device.memory().use(MemoryCategory::kGradients).bytes;
  {
    Buffer buffer = device.allocate(1000, MemoryCategory::kGradients);
    Buffer moved = std::move(buffer);
    EXPECT_FALSE(buffer);
    EXPECT_EQ(device.memory().use(MemoryCategory::kGradients).bytes, before + 1000);
    moved = device.allocate(10, MemoryCategory::kGradients);
    EXPECT_EQ(device.memory().use(MemoryCategory::kGradients).bytes, before + 10);
  }
  EXPECT_EQ(device.memory().use(MemoryCategory::kGradients).bytes, before);
}

TEST(Device, SaysHowMuchMemoryWasMissing) {
  Device& device = test::backend("reference");
  try {
    device.allocate(uint64_t{1} << 62, MemoryCategory::kParameters);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
    std::string message = error.what();
    EXPECT_NE(message.find("reference"), std::string::npos) << message;
    EXPECT_NE(message.find("4611686018427387904 bytes for parameters"), std::string::npos)
        << message;
  }
}

TEST(Device, RefusesAnOrdinalThatIsNotThere) {
  EXPECT_THROW(Device("reference", test::host_services().host(),
                      &test::backend("reference").table(), nullptr, 7),
               Error);
}

TEST(Stream, RefusesCopiesPastTheEndOfABuffer) {
  Device& device = test::backend("reference");
  Buffer buffer = device.allocate(64);
  Stream stream(device);
  std::vector<std::byte> bytes(65);
  EXPECT_THROW(stream.upload(buffer.operand(), bytes.data(), 65), Error);
  EXPECT_THROW(stream.download(bytes.data(), buffer.operand(1), 64), Error);
  EXPECT_NO_THROW(stream.upload(buffer.operand(1), bytes.data(), 63));
}

TEST(Stream, RefusesToChangeWrappedMemory) {
  Device& device = test::backend("reference");
  const std::vector<float> weights = {1, 2, 3};
  auto wrapped = device.wrap(std::as_bytes(std::span(weights)));
  ASSERT_TRUE(wrapped.has_value());
  Stream stream(device);
  float value = 9;
  EXPECT_THROW(stream.upload(wrapped->operand(), &value, 4), Error);
  std::vector<float> read(3);
  download_now<float>(stream, read, wrapped->operand());
  EXPECT_EQ(read, weights);
}

}  // namespace
}  // namespace lmos::runtime
