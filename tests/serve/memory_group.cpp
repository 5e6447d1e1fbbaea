#include "serve/memory_group.h"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "end_to_end/program.h"

namespace lmos::test {
namespace {

namespace fs = std::filesystem;

bool write_value(const fs::path& file, const std::string& value) {
  std::ofstream out(file);
  return static_cast<bool>(out << value << std::flush);
}

void put(pid_t process, const fs::path& group) {
  if (!write_value(group / "cgroup.procs", std::to_string(process)))
    throw std::runtime_error("a process can't be put into " + group.string());
}

}  // namespace

MemoryGroup::MemoryGroup() {
  const std::string name = "llmasos-test-" + std::to_string(getpid());
  for (const bool version_2 : {false, true}) {
    const fs::path folder = fs::path("/sys/fs/cgroup") / (version_2 ? "" : "memory") / name;
    std::error_code refused;
    if (!fs::create_directory(folder, refused) || refused) continue;
    if (fs::exists(folder / (version_2 ? "memory.max" : "memory.limit_in_bytes"))) {
      folder_ = folder;
      version_2_ = version_2;
      // What does not fit must not go there.
      write_value(folder / (version_2 ? "memory.swap.max" : "memory.swappiness"), "0");
      return;
    }
    fs::remove(folder, refused);
  }
}

MemoryGroup::~MemoryGroup() {
  std::error_code ignored;
  if (made()) fs::remove(folder_, ignored);
}

void MemoryGroup::add(pid_t process) { put(process, folder_); }

void MemoryGroup::release(pid_t process) { put(process, folder_.parent_path()); }

void MemoryGroup::limit_to_what_it_uses() {
  const std::string used =
      read_text(folder_ / (version_2_ ? "memory.current" : "memory.usage_in_bytes"));
  constexpr int64_t kMore = 1 << 20;
  if (!write_value(folder_ / (version_2_ ? "memory.max" : "memory.limit_in_bytes"),
                   std::to_string(std::stoll(used) + kMore)))
    throw std::runtime_error("the memory of " + folder_.string() + " can't be limited");
}

void MemoryGroup::unlimit() {
  write_value(folder_ / (version_2_ ? "memory.max" : "memory.limit_in_bytes"),
              version_2_ ? "max" : "-1");
}

}  // namespace lmos::test
