#include "end_to_end/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lmos::test {
namespace {

// Starts the program with the given descriptors as 0, 1 and 2.
pid_t start(const std::string& name, const std::vector<std::string>& words, int in, int out,
            int err, rlim_t file_limit = RLIM_INFINITY) {
  const std::string program = std::string(LLMASOS_PROGRAM_DIRECTORY) + "/" + name;
  std::vector<char*> arguments{const_cast<char*>(program.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t process = fork();
  if (process == 0) {
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    if (file_limit != RLIM_INFINITY) {
      const rlimit limit{file_limit, file_limit};
      setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);
    }
    execv(program.c_str(), arguments.data());
    _exit(127);
  }
  if (process < 0) throw std::runtime_error("fork failed");
  return process;
}

int wait_for_end(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct Pipe {
  int read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    read = ends[0];
    write = ends[1];
  }
};

// Appends what can be read; false at the end.
bool read_some(int descriptor, std::string& text) {
  char buffer[4096];
  const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
  if (count <= 0) return false;
  text.append(buffer, static_cast<size_t>(count));
  return true;
}

Outcome run(const std::string& program, const std::vector<std::string>& words,
            const std::string& input, rlim_t file_limit) {
  TemporaryFolder folder;
  write_text(folder / "in", input);
  const int in = open((folder / "in").c_str(), O_RDONLY | O_CLOEXEC);
  Pipe out, err;
  const pid_t process = start(program, words, in, out.write, err.write, file_limit);
  close(in);
  close(out.write);
  close(err.write);
  Outcome outcome;
  pollfd waiting[] = {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}};
  std::string* texts[] = {&outcome.out, &outcome.err};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    poll(waiting, 2, -1);
    for (int i = 0; i < 2; ++i)
      if (waiting[i].fd >= 0 && waiting[i].revents != 0 && !read_some(waiting[i].fd, *texts[i])) {
        close(waiting[i].fd);
        waiting[i].fd = -1;
      }
  }
  outcome.code = wait_for_end(process);
  return outcome;
}

}  // namespace

Outcome run_program(const std::string& program, const std::vector<std::string>& words) {
  return run(program, words, {}, RLIM_INFINITY);
}

Outcome llmasos(const std::vector<std::string>& words, const std::string& input) {
  return run("llmasos", words, input, RLIM_INFINITY);
}

Outcome llmasos_with_file_limit(const std::vector<std::string>& words, uint64_t bytes) {
  return run("llmasos", words, {}, bytes);
}

RunningProgram::RunningProgram(const std::vector<std::string>& words, const std::string& program,
                               const std::filesystem::path& output) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  Pipe err;
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  process_ = start(program, words, null, out, err.write);
  close(null);
  close(out);
  close(err.write);
  error_ = err.read;
}

RunningProgram::~RunningProgram() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    wait_for_end(process_);
  }
  close(error_);
}

bool RunningProgram::wait_for(const std::string& text, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (seen_.find(text) == std::string::npos)
    if (!read_until(end, "say '" + text + "'")) return false;
  return true;
}

bool RunningProgram::read_until(std::chrono::steady_clock::time_point end,
                                const std::string& awaited) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(
      end - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero()));
  pollfd entry{error_, POLLIN, 0};
  if (poll(&entry, 1, static_cast<int>(left.count())) == 0)
    throw std::runtime_error("the program did not " + awaited + " in time; it said:\n" + seen_);
  return read_some(error_, seen_);
}

void RunningProgram::signal(int number) { kill(process_, number); }

int RunningProgram::exit_code() {
  // A full pipe would keep it from ending.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (read_until(end, "end")) continue;
  const int code = wait_for_end(process_);
  process_ = -1;
  return code;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "llmasos-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string sentences(size_t bytes) {
  const char* const subjects[] = {"the miller", "a sailor", "my aunt", "the tall clerk", "nobody"};
  const char* const verbs[] = {"mends", "counts", "forgets", "paints", "carries"};
  const char* const objects[] = {"the red boat", "seven apples", "an old letter", "the gate",
                                 "a lamp"};
  std::string text;
  for (uint64_t state = 1; text.size() < bytes;) {
    const auto draw = [&] {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 33) % 5;
    };
    text += std::string(subjects[draw()]) + " " + verbs[draw()] + " " + objects[draw()] + ".\n";
  }
  return text;
}

}  // namespace lmos::test
