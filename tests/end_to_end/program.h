// Running the built programs as a user does.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace lmos::test {

struct Outcome {
  int code = -1;  // exit code, or 128 + the signal
  std::string out, err;
};

// Runs `PROGRAM WORDS...`, of the build, to its end.
Outcome run_program(const std::string& program, const std::vector<std::string>& words);

// Runs `llmasos WORDS...` to its end. `input`: its standard input.
Outcome llmasos(const std::vector<std::string>& words, const std::string& input = {});

// The same with files limited to so many bytes each, as on a disk that is full.
Outcome llmasos_with_file_limit(const std::vector<std::string>& words, uint64_t bytes);

// `PROGRAM WORDS...`, of the build, while it runs; killed when the object ends. Its standard output
// goes to the file `output`.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& words,
                          const std::string& program = "llmasos",
                          const std::filesystem::path& output = "/dev/null");
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // Reads standard error until `text` was seen; false if the program ended first. After `limit` an
  // error that holds all that was seen.
  bool wait_for(const std::string& text, std::chrono::milliseconds limit = kPatience);
  // Of standard error, so far.
  const std::string& seen() const { return seen_; }
  pid_t id() const { return process_; }
  void signal(int number);
  // Waits for the end; an error like that of wait_for() if it does not come.
  int exit_code();

 private:
  // Less than ctest gives a program, and far more than the slowest machine needs.
  static constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(4);

  // Appends to what was seen; false at the end.
  bool read_until(std::chrono::steady_clock::time_point end, const std::string& awaited);

  pid_t process_ = -1;
  int error_ = -1;
  std::string seen_;
};

// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

// About `bytes` of sentences over a small vocabulary, the same every time: something a small model
// can learn.
std::string sentences(size_t bytes);

}  // namespace lmos::test
