#include "pipeline/pipeline_paths.h"

#include <glob.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "pipeline/pipeline_schema.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

class PathCollector {
 public:
  explicit PathCollector(const PluginSchemas& plugins) : plugins_(plugins) {}

  void section(const std::vector<Field>& fields, const ConfigTree& tree, const std::string& path) {
    for (const ConfigMember& member : tree.members())
      if (const Field* field = find_field(fields, member.key))
        value(*field, member.value, path.empty() ? member.key : path + "." + member.key);
  }
  std::vector<PipelinePath> take() { return std::move(paths_); }

 private:
  void value(const Field& field, const ConfigTree& tree, const std::string& path) {
    if (field.path != PathUse::kNone) add(field.path, tree, path);
    if (tree.is_section() && field.type == FieldType::kSection)
      section(fields_of(field, tree), tree, path);
    if (tree.is_list() && field.element && field.element->type == FieldType::kSection)
      for (const ConfigTree& item : tree.items()) section(field.element->fields, item, path);
  }

  void add(PathUse use, const ConfigTree& tree, const std::string& path) {
    if (tree.kind() == ConfigKind::kString)
      paths_.push_back({path, use, tree.as_string(), tree.place()});
    else if (tree.is_list())
      for (const ConfigTree& item : tree.items()) add(use, item, path);
    else if (tree.is_section())
      for (const ConfigMember& member : tree.members()) add(use, member.value, path);
  }

  std::vector<Field> fields_of(const Field& field, const ConfigTree& tree) const {
    const ConfigTree* name = tree.find("plugin");
    if (!field.plugin || name == nullptr || name->kind() != ConfigKind::kString)
      return field.fields;
    auto fields = plugins_.fields(field.plugin->interface_id, name->as_string());
    return fields ? with_plugin_fields(field, std::move(*fields), false) : field.fields;
  }

  const PluginSchemas& plugins_;
  std::vector<PipelinePath> paths_;
};

bool lies_in(const fs::path& path, const std::vector<fs::path>& folders) {
  return std::ranges::any_of(folders, [&](const fs::path& folder) {
    return std::ranges::mismatch(folder, path).in1 == folder.end();
  });
}

// The place that a path leads to, as far as it exists; none if that can't be told.
std::optional<fs::path> destination(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::absolute(path, error).lexically_normal(), rest;
  if (error) return std::nullopt;
  if (!found.has_filename()) found = found.parent_path();
  for (;;) {
    const fs::path canonical = fs::canonical(found, error);
    if (!error) return rest.empty() ? canonical : canonical / rest;
    // A link to what does not exist yet would be followed once it does.
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(found, ignored)) || !found.has_relative_path())
      return std::nullopt;
    rest = rest.empty() ? found.filename() : found.filename() / rest;
    found = found.parent_path();
  }
}

std::vector<fs::path> expand(const std::string& pattern) {
  glob_t found = {};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> release(&found, globfree);
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

class PathChecker {
 public:
  PathChecker(const PathRules& rules, Problems& problems) : rules_(rules), problems_(problems) {
    readable_ = rules.readable;
    readable_.insert(readable_.end(), rules.writable.begin(), rules.writable.end());
  }

  void check(const PipelinePath& path) {
    switch (path.use) {
      case PathUse::kNone:
        return;
      case PathUse::kLoad:
        add(path, "names code to load, which a job may not choose");
        return;
      case PathUse::kWrite:
        check_in(path, path.value, rules_.writable, "where jobs may write");
        return;
      case PathUse::kRead:
        break;
    }
    const std::vector<fs::path> files = expand(path.value);
    if (files.empty()) {
      // Whether there is a file is nobody's business elsewhere.
      if (check_in(path, path.value, readable_, kReadable)) add(path, "there is no such file");
      return;
    }
    for (const fs::path& file : files)
      if (!check_in(path, file, readable_, kReadable)) return;
  }

 private:
  static constexpr const char* kReadable = "where jobs may read";

  void add(const PipelinePath& path, const std::string& what) {
    problems_.add(path.place, path.key, what);
  }

  bool may_be_in(const fs::path& path, const std::vector<fs::path>& folders) const {
    return lies_in(path, folders) && !lies_in(path, rules_.excluded);
  }

  // The first entry of a folder that is a link to what may not be read; "" if there is none.
  std::string entry_outside(const fs::path& folder) const {
    std::error_code error;
    for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
         entries.increment(error)) {
      if (!entries->is_symlink()) continue;
      const auto target = destination(entries->path());
      if (!target || !may_be_in(*target, readable_)) return entries->path().filename().string();
    }
    return "";
  }

  bool check_in(const PipelinePath& path, const fs::path& file,
                const std::vector<fs::path>& folders, const char* where) {
    const auto target = destination(file);
    if (!target || !may_be_in(*target, folders)) {
      add(path, "leads outside the folders " + std::string(where));
      return false;
    }
    const std::string entry = entry_outside(*target);
    if (entry.empty()) return true;
    add(path, "holds the link '" + entry + "', which leads outside the folders " + where);
    return false;
  }

  const PathRules& rules_;
  Problems& problems_;
  std::vector<fs::path> readable_;
};

}  // namespace

std::vector<PipelinePath> pipeline_paths(PipelineKind kind, const ConfigTree& resolved,
                                         const PluginSchemas& plugins) {
  PathCollector collector(plugins);
  collector.section(pipeline_fields(kind), resolved, "");
  return collector.take();
}

void check_paths(const std::vector<PipelinePath>& paths, const PathRules& rules,
                 Problems& problems) {
  PathChecker checker(rules, problems);
  for (const PipelinePath& path : paths) checker.check(path);
}

}  // namespace lmos
