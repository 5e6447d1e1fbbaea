// Event files that TensorBoard shows as curves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "formats/output_file.h"

namespace lmos {

struct TensorBoardScalar {
  std::string tag;  // "train/loss"; the part before the slash groups charts
  float value;      // NaN and infinity are allowed
};

// Each run, and each resumption of it, has an event file of its own in the run's folder. Every call
// is one write, so the file is whole up to the last call, whatever happens to the process. One
// thread at a time. Errors: kResource, naming the file.
class TensorBoardWriter {
 public:
  // Creates `folder` and in it `events.out.tfevents.TIME.HOST.PID.N`, where N counts writers of
  // this process. `resume_step`: the first step that this run writes; TensorBoard hides what
  // earlier files have from there on.
  explicit TensorBoardWriter(const std::filesystem::path& folder,
                             std::optional<int64_t> resume_step = std::nullopt);

  // `step` >= 0. The time is now.
  void add_scalars(int64_t step, std::span<const TensorBoardScalar> scalars);
  // Returns once everything is on the disk.
  void sync() { file_.sync(); }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  void write_record(std::string_view event);

  OutputFile file_;
};

}  // namespace lmos
