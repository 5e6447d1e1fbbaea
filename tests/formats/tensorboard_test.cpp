#include "formats/tensorboard.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "formats/crc32c.h"
#include "formats/little_endian.h"
#include "scratch.h"

namespace lmos {
namespace {

template <typename Number>
Number take(std::string_view& bytes) {
  EXPECT_GE(bytes.size(), sizeof(Number));
  Number number = read_little_endian<Number>(std::as_bytes(std::span(bytes)));
  bytes.remove_prefix(sizeof(Number));
  return number;
}

uint64_t take_varint(std::string_view& bytes) {
  uint64_t number = 0;
  for (int shift = 0; !bytes.empty(); shift += 7) {
    uint8_t byte = take<uint8_t>(bytes);
    number |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  return number;
}

// Fields of a protocol-buffer message: the raw bytes of numbers, the content of strings and
// messages.
using Fields = std::multimap<uint64_t, std::string>;

Fields decode(std::string_view message) {
  Fields fields;
  while (!message.empty()) {
    uint64_t tag = take_varint(message);
    size_t size = 0;
    switch (tag & 7) {
      case 0:
        fields.emplace(tag >> 3, std::to_string(take_varint(message)));
        continue;
      case 1:
        size = 8;
        break;
      case 2:
        size = take_varint(message);
        break;
      case 5:
        size = 4;
        break;
      default:
        ADD_FAILURE() << "wire type " << (tag & 7);
        return fields;
    }
    EXPECT_LE(size, message.size());
    fields.emplace(tag >> 3, message.substr(0, size));
    message.remove_prefix(size);
  }
  return fields;
}

const std::string& field(const Fields& fields, uint64_t number) {
  EXPECT_EQ(fields.count(number), 1u) << "field " << number;
  return fields.find(number)->second;
}

std::vector<Fields> events_in(const std::filesystem::path& path) {
  std::string text = file_text(path);
  std::string_view rest = text;
  std::vector<Fields> events;
  while (!rest.empty()) {
    std::string_view length_bytes = rest.substr(0, 8);
    uint64_t length = take<uint64_t>(rest);
    EXPECT_EQ(take<uint32_t>(rest), masked_crc32c(length_bytes));
    EXPECT_LE(length + 4, rest.size());
    std::string_view event = rest.substr(0, length);
    rest.remove_prefix(length);
    EXPECT_EQ(take<uint32_t>(rest), masked_crc32c(event));
    events.push_back(decode(event));
  }
  return events;
}

float scalar_of(std::string_view bytes) { return take<float>(bytes); }

TEST(Crc32c, HasThePublishedValues) {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
  // The checksum of the length 24 as TensorFlow writes it in front of every version event.
  EXPECT_EQ(masked_crc32c(std::string_view("\x18\0\0\0\0\0\0\0", 8)), 0x224b7fa3u);
}

TEST(TensorBoard, WritesScalarsThatDecode) {
  ScratchFolder folder;
  TensorBoardWriter writer(folder / "run");
  TensorBoardScalar scalars[] = {{"train/loss", 2.5f},
                                 {"train/grad_norm", std::numeric_limits<float>::quiet_NaN()}};
  writer.add_scalars(300, scalars);
  writer.sync();

  std::vector<Fields> events = events_in(writer.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(field(events[0], 3), "brain.Event:2");
  EXPECT_EQ(field(events[1], 2), "300");
  std::string_view time_bytes = field(events[1], 1);
  double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(take<double>(time_bytes), now, 3600);
  Fields summary = decode(field(events[1], 5));
  ASSERT_EQ(summary.count(1), 2u);
  Fields first = decode(summary.begin()->second), second = decode(summary.rbegin()->second);
  EXPECT_EQ(field(first, 1), "train/loss");
  EXPECT_EQ(scalar_of(field(first, 2)), 2.5f);
  EXPECT_EQ(field(second, 1), "train/grad_norm");
  EXPECT_TRUE(std::isnan(scalar_of(field(second, 2))));
}

TEST(TensorBoard, MarksWhereAResumedRunStarts) {
  ScratchFolder folder;
  TensorBoardWriter first(folder.path());
  TensorBoardWriter resumed(folder.path(), 200);
  EXPECT_NE(first.path(), resumed.path());
  EXPECT_EQ(names_in(folder.path()).size(), 2u);
  expect_contains(resumed.path().filename().string(), "events.out.tfevents.");
  std::vector<Fields> events = events_in(resumed.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(field(events[1], 2), "200");
  EXPECT_EQ(field(decode(field(events[1], 7)), 1), "1");
}

}  // namespace
}  // namespace lmos
