#include "registry/scan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "registry/plugin_folders.h"
#include "registry/probe.h"

namespace lmos::registry {

namespace {

struct Candidate {
  std::filesystem::path path;
  FileIdentity identity;
};

void refuse(PluginRecord& record, std::string reason) {
  record.state = PluginState::kRefused;
  record.reason = std::move(reason);
}

PluginRecord unreadable(const std::filesystem::path& path) {
  PluginRecord record;
  record.path = path;
  refuse(record, "it is not a file that this user may read");
  return record;
}

// The files to look at. A file that is reached twice (by a link, by a folder named twice) is one
// candidate.
std::vector<Candidate> candidates(const ScanOptions& options, std::vector<PluginRecord>& records) {
  std::vector<Candidate> found;
  for (const std::filesystem::path& folder : options.folders) {
    for (const std::filesystem::path& path : libraries_in(folder)) {
      const auto identity = identify(path);
      if (!identity) {
        records.push_back(unreadable(path));
        continue;
      }
      const bool known = std::any_of(found.begin(), found.end(), [&](const Candidate& other) {
        return other.identity == *identity;
      });
      if (!known) found.push_back({path, *identity});
    }
  }
  return found;
}

std::vector<PluginRecord> examine(const std::vector<Candidate>& found, const ScanOptions& options,
                                  ProbeCache& cache) {
  std::vector<PluginRecord> records(found.size());
  std::vector<size_t> unknown;
  std::vector<std::filesystem::path> to_probe;
  for (size_t i = 0; i < found.size(); ++i) {
    if (const PluginRecord* known =
            cache.find(found[i].path, found[i].identity, !options.ask_hung_again)) {
      records[i] = *known;
    } else {
      unknown.push_back(i);
      to_probe.push_back(found[i].path);
    }
  }
  std::vector<ProbeResult> results =
      probe_libraries(to_probe, options.probe_program, options.probe_limit);
  for (size_t k = 0; k < unknown.size(); ++k) {
    const size_t i = unknown[k];
    cache.remember(results[k], found[i].identity);
    records[i] = std::move(results[k].record);
  }
  cache.save();
  return records;
}

void refuse_duplicates(std::vector<PluginRecord>& records) {
  std::map<std::pair<std::string, std::string>, std::vector<PluginRecord*>> offers;
  for (PluginRecord& record : records)
    if (record.state == PluginState::kAvailable)
      for (const std::string& id : record.interfaces) offers[{record.name, id}].push_back(&record);
  for (const auto& [offer, rivals] : offers) {
    if (rivals.size() < 2) continue;
    const std::string both = rivals[0]->path.native() + " and " + rivals[1]->path.native();
    for (PluginRecord* rival : rivals)
      refuse(*rival, "two files offer " + offer.second + " under the name `" + offer.first +
                         "`: " + both + "; remove one");
  }
}

}  // namespace

std::vector<PluginRecord> scan(const ScanOptions& options, ProbeCache& cache) {
  std::vector<PluginRecord> records;
  const std::vector<Candidate> found = candidates(options, records);
  std::vector<PluginRecord> examined = examine(found, options, cache);
  records.insert(records.end(), std::make_move_iterator(examined.begin()),
                 std::make_move_iterator(examined.end()));
  refuse_duplicates(records);
  return records;
}

}  // namespace lmos::registry
