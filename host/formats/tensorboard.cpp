#include "formats/tensorboard.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <system_error>

#include "formats/crc32c.h"
#include "formats/little_endian.h"
#include "formats/protobuf.h"

namespace lmos {
namespace {

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
namespace event_field {
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log_field {
constexpr uint32_t kStatus = 1;
}
namespace summary_field {
constexpr uint32_t kValue = 1;
}
namespace value_field {
constexpr uint32_t kTag = 1, kSimpleValue = 2;
}
constexpr int64_t kSessionStart = 1;

double wall_time_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ProtobufMessage event_now() {
  ProtobufMessage event;
  event.add_double(event_field::kWallTime, wall_time_seconds());
  return event;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::filesystem::path new_event_file(const std::filesystem::path& folder) {
  static std::atomic<int> count = 0;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw_write_error("create", folder, error.value());
  return folder /
         ("events.out.tfevents." + std::to_string(static_cast<int64_t>(wall_time_seconds())) + "." +
          host_name() + "." + std::to_string(::getpid()) + "." + std::to_string(count++));
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder,
                                     std::optional<int64_t> resume_step)
    : file_(new_event_file(folder), OutputFile::Mode::kAppend) {
  ProtobufMessage version = event_now();
  version.add_bytes(event_field::kFileVersion, "brain.Event:2");
  write_record(version.bytes());
  if (!resume_step) return;
  ProtobufMessage session_log;
  session_log.add_int64(session_log_field::kStatus, kSessionStart);
  ProtobufMessage start = event_now();
  start.add_int64(event_field::kStep, *resume_step);
  start.add_bytes(event_field::kSessionLog, session_log.bytes());
  write_record(start.bytes());
}

void TensorBoardWriter::add_scalars(int64_t step, std::span<const TensorBoardScalar> scalars) {
  ProtobufMessage summary;
  for (const TensorBoardScalar& scalar : scalars) {
    ProtobufMessage value;
    value.add_bytes(value_field::kTag, scalar.tag);
    value.add_float(value_field::kSimpleValue, scalar.value);
    summary.add_bytes(summary_field::kValue, value.bytes());
  }
  ProtobufMessage event = event_now();
  event.add_int64(event_field::kStep, step);
  event.add_bytes(event_field::kSummary, summary.bytes());
  write_record(event.bytes());
}

void TensorBoardWriter::write_record(std::string_view event) {
  std::string record;
  append_little_endian(uint64_t{event.size()}, record);
  append_little_endian(masked_crc32c(record), record);
  record += event;
  append_little_endian(masked_crc32c(event), record);
  file_.write(record);
}

}  // namespace lmos
