// What probes found, remembered between runs by the identity of the file.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "registry/probe.h"

namespace lmos::registry {

// Changes when the file is replaced or rewritten.
struct FileIdentity {
  uint64_t device = 0, inode = 0, bytes = 0;
  int64_t modified_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};

// Nothing if it is no readable regular file.
std::optional<FileIdentity> identify(const std::filesystem::path& path);

// The cache is an aid: a file that is absent, damaged, of another version or unwritable is no
// error.
class ProbeCache {
 public:
  // `folder` empty: remembers nothing.
  explicit ProbeCache(std::filesystem::path folder);

  // A library that hung is remembered too, as each start would wait for it again. `and_hung`
  // false: it is not found.
  const PluginRecord* find(const std::filesystem::path& path, const FileIdentity& identity,
                           bool and_hung = true) const;
  void remember(const ProbeResult& result, const FileIdentity& identity);
  // Writes the file if something was remembered since it was read.
  void save();

 private:
  struct Entry {
    FileIdentity identity;
    bool hung = false;
    PluginRecord record;
  };

  void load();
  bool take_entry(std::string_view& text);

  std::filesystem::path file_;
  std::map<std::filesystem::path, Entry> entries_;
  bool changed_ = false;
};

// "$XDG_CACHE_HOME/llmasos", else "~/.cache/llmasos"; empty if neither variable holds an absolute
// path.
std::filesystem::path user_cache_folder();

}  // namespace lmos::registry
