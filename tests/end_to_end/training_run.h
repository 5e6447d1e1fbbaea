// The files of a training run under test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {

struct RunPaths {
  std::string file, folder;
};

inline RunPaths prepare(const TemporaryFolder& folder, const std::string& name,
                        const std::string& text) {
  const std::string run = (folder / name).string();
  const std::string file = run + ".yaml";
  write_text(file, text + "checkpoint: {folder: " + run + ", every: 5, keep: 2}\n");
  return {file, run};
}

// Loss and gradient norm of each step, as they are written: equal text is equal bits.
inline std::map<int64_t, std::string> losses(const std::string& run) {
  std::map<int64_t, std::string> result;
  std::istringstream lines(read_text(run + "/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json json = parse_json(line, "metrics.jsonl");
    EXPECT_TRUE(
        result
            .emplace(json.at("step", "").as_int64(""), compact_json(json.at("loss", "")) + " " +
                                                           compact_json(json.at("grad_norm", "")))
            .second)
        << "step logged twice: " << line;
  }
  return result;
}

}  // namespace lmos::test
