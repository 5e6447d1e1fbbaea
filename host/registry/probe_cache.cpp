#include "registry/probe_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "llmasos/plugin.h"
#include "plugin_library/record_text.h"

namespace lmos::registry {

namespace {

constexpr uint64_t kLargestFile = 16 << 20;  // bytes

// Another format or ABI makes all that was remembered void.
std::string header() { return "llmasos plugin probes 2, ABI " + std::to_string(LMOS_ABI_VERSION); }

}  // namespace

std::optional<FileIdentity> identify(const std::filesystem::path& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      access(path.c_str(), R_OK) != 0)
    return std::nullopt;
  return FileIdentity{
      .device = status.st_dev,
      .inode = status.st_ino,
      .bytes = static_cast<uint64_t>(status.st_size),
      .modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

ProbeCache::ProbeCache(std::filesystem::path folder) {
  if (folder.empty()) return;
  file_ = std::move(folder) / "plugins";
  load();
}

void ProbeCache::load() {
  const auto identity = identify(file_);
  if (!identity || identity->bytes > kLargestFile) return;
  std::ifstream stream(file_, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  const std::string bytes = content.str();
  std::string_view text = bytes;
  if (take_line(text) != header()) return;
  while (!text.empty()) {
    if (!take_entry(text)) {
      entries_.clear();
      return;
    }
  }
}

bool ProbeCache::take_entry(std::string_view& text) {
  const auto line = take_line(text);
  if (!line) return false;
  Entry entry;
  FileIdentity& identity = entry.identity;
  std::istringstream numbers{std::string(*line)};
  if (!(numbers >> identity.device >> identity.inode >> identity.bytes >> identity.modified_ns >>
        entry.hung))
    return false;
  auto record = take_record(text);
  if (!record) return false;
  entry.record = *std::move(record);
  entries_[entry.record.path] = std::move(entry);
  return true;
}

const PluginRecord* ProbeCache::find(const std::filesystem::path& path,
                                     const FileIdentity& identity, bool and_hung) const {
  const auto found = entries_.find(path);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  return entry.identity == identity && (and_hung || !entry.hung) ? &entry.record : nullptr;
}

void ProbeCache::remember(const ProbeResult& result, const FileIdentity& identity) {
  if (result.end == ProbeEnd::kFailed) return;
  entries_[result.record.path] = {identity, result.end == ProbeEnd::kHung, result.record};
  changed_ = true;
}

void ProbeCache::save() {
  if (file_.empty() || !changed_) return;
  changed_ = false;
  std::ostringstream text;
  text << header() << '\n';
  for (const auto& [path, entry] : entries_) {
    if (!std::filesystem::exists(path)) continue;
    const FileIdentity& identity = entry.identity;
    text << identity.device << ' ' << identity.inode << ' ' << identity.bytes << ' '
         << identity.modified_ns << ' ' << entry.hung << '\n'
         << write_record(entry.record);
  }
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  try {
    write_file_atomically(file_, text.str());
  } catch (const Error&) {
    // A read-only home costs a probe each time, and nothing else.
  }
}

std::filesystem::path user_cache_folder() {
  const auto absolute = [](const char* variable) {
    const char* value = std::getenv(variable);
    std::filesystem::path path = value == nullptr ? "" : value;
    return path.is_absolute() ? path : std::filesystem::path();
  };
  if (const auto cache = absolute("XDG_CACHE_HOME"); !cache.empty()) return cache / "llmasos";
  if (const auto home = absolute("HOME"); !home.empty()) return home / ".cache" / "llmasos";
  return {};
}

}  // namespace lmos::registry
