// A run's metrics as JSON lines: {"step": 1, "loss": 5.3, …}
#pragma once

#include <cstdint>
#include <filesystem>

#include "formats/json.h"
#include "formats/output_file.h"

namespace lmos {

// Every append is one write of a whole line, in the order of steps. One thread at a time.
class MetricsLog {
 public:
  // Opens or creates `path`, in a folder that exists, and keeps the lines up to and including step
  // `last_step`: a run that resumes from the checkpoint of that step writes what follows anew. A
  // new run passes -1, which empties the file. A last line that was torn by a crash is dropped.
  // Error(kInput) with file and line when an earlier line is damaged; kResource when the file can't
  // be written.
  MetricsLog(const std::filesystem::path& path, int64_t last_step);

  // `metrics`: names and values; NaN and infinite values are written as null. "step" is added in
  // front.
  void append(int64_t step, const Json::Object& metrics);
  // Returns once everything is on the disk.
  void sync() { file_.sync(); }

 private:
  OutputFile file_;
};

}  // namespace lmos
