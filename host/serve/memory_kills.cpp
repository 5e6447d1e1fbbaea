#include "serve/memory_kills.h"

#include <array>
#include <fstream>
#include <map>
#include <sstream>

namespace lmos::serve {
namespace {

namespace fs = std::filesystem;

// A line of /proc/PID/cgroup: "4:memory:/some/group" of version 1, else "0::/some/group".
struct ControlGroup {
  bool version_2 = false;
  std::string path;
};

std::optional<ControlGroup> control_group_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cgroup");
  std::optional<ControlGroup> found;
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers.find(",memory,") != std::string::npos) return ControlGroup{false, path};
    if (controllers == ",,") found = ControlGroup{true, path};
  }
  return found;
}

// "32 31 0:29 ROOT PLACE OPTIONS ... - TYPE SOURCE SUPER_OPTIONS": where the group's files lie. A
// container sees a part of the tree only, from ROOT on.
fs::path folder_of(const ControlGroup& group) {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line), after(line.substr(dash + 3));
    std::string skipped, root, place, type, source, options;
    before >> skipped >> skipped >> skipped >> root >> place;
    after >> type >> source >> options;
    const bool memory = ("," + options + ",").find(",memory,") != std::string::npos;
    if (group.version_2 ? type != "cgroup2" : type != "cgroup" || !memory) continue;
    const bool inside = root != "/" && group.path.starts_with(root);
    return fs::path(place + (inside ? group.path.substr(root.size()) : group.path));
  }
  return {};
}

fs::path count_file_of(const ControlGroup& group) {
  const fs::path folder = folder_of(group);
  if (folder.empty()) return {};
  constexpr std::array kFiles = {"memory.oom_control", "memory.events.local", "memory.events"};
  for (const char* name : kFiles) {
    std::error_code unknown;
    if (fs::exists(folder / name, unknown)) return folder / name;
  }
  return {};
}

// What has been told of each group's count. Of the whole program, as the counts are.
std::map<std::string, int64_t>& told_kills() {
  static std::map<std::string, int64_t> told;
  return told;
}

}  // namespace

MemoryKills::MemoryKills(pid_t process) {
  const std::optional<ControlGroup> group = control_group_of(process);
  if (!group) return;
  group_ = group->path;
  file_ = count_file_of(*group);
  if (const auto kills = count()) told_kills()[group_] = *kills;
}

std::optional<int64_t> MemoryKills::count() const {
  std::ifstream file(file_);
  std::string name;
  for (int64_t value = 0; file >> name >> value;)
    if (name == "oom_kill") return value;
  return std::nullopt;
}

std::optional<std::string> MemoryKills::group_that_ran_out() {
  const auto kills = count();
  if (!kills) return std::nullopt;
  int64_t& told = told_kills()[group_];
  if (*kills <= told) return std::nullopt;
  ++told;
  return group_;
}

}  // namespace lmos::serve
