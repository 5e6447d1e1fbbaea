#include "train/run_folder.h"

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/file_descriptor.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"

namespace lmos::train {
namespace {

namespace fs = std::filesystem;

// What the meaning of a checkpoint, or of the order of the data, depends on.
constexpr const char* kFixedKeys[] = {"seed",  "tokenizer",   "dataset",
                                      "model", "train.batch", "train.accumulate"};

fs::path created(fs::path folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_write_error("create", folder, error.value());
  return folder;
}

std::string text_of(const ConfigTree* tree) {
  if (tree == nullptr) return "absent";
  std::string text = write_yaml(ConfigTree::section({{"value", *tree, {}}}));
  return text.substr(text.find(':') + 1);
}

// The path of the first difference below `key`.
std::string first_difference(const std::string& key, const ConfigTree* before,
                             const ConfigTree* now) {
  if (before == nullptr || now == nullptr || !before->is_section() || !now->is_section())
    return key;
  for (const ConfigMember& member : before->members()) {
    const ConfigTree* other = now->find(member.key);
    if (other == nullptr || !(*other == member.value))
      return first_difference(key + "." + member.key, &member.value, other);
  }
  for (const ConfigMember& member : now->members())
    if (before->find(member.key) == nullptr) return key + "." + member.key;
  return key;
}

}  // namespace

RunFolder::RunFolder(fs::path path) : path_(created(std::move(path))), lock_(path_ / ".lock") {
  if (!lock_.try_acquire())
    throw Error(ErrorKind::kResource,
                "another process trains in " + path_.string() +
                    "; wait for it, or set checkpoint.folder to another folder");
}

void RunFolder::record(const Pipeline& pipeline) const {
  const fs::path file = path_ / "pipeline.yaml";
  if (fs::exists(file)) {
    const ConfigTree before = read_yaml_file(file);
    for (const char* key : kFixedKeys) {
      const ConfigTree* old_value = before.find_path(key);
      const ConfigTree* new_value = pipeline.resolved.find_path(key);
      const bool same = old_value == nullptr || new_value == nullptr ? old_value == new_value
                                                                     : *old_value == *new_value;
      if (same) continue;
      const std::string path = first_difference(key, old_value, new_value);
      throw Error(ErrorKind::kConfiguration,
                  path_.string() + " holds a run with another " + path +
                      ":\n  there: " + text_of(before.find_path(path)) +
                      "  now:   " + text_of(pipeline.resolved.find_path(path)) +
                      "Set checkpoint.folder to a new folder, or remove this one to start over.");
    }
  }
  write_file_atomically(file, write_yaml(pipeline.resolved));
}

}  // namespace lmos::train
