#include "serve/jobs/jobs_config.h"

#include <algorithm>

#include "pipeline/pipeline_sections.h"
#include "pipeline/quoted_text.h"
#include "serve/count_field.h"

namespace lmos::serve {
namespace {

namespace fs = std::filesystem;

Field job_folders(const char* name, const char* doc) {
  return {.name = name,
          .type = FieldType::kList,
          .default_value = ConfigTree::list({}, Place::in("default")),
          .doc = doc,
          .element = each({.non_empty = true})};
}

// What does not exist yet stands for itself.
std::vector<fs::path> writable_folders(const ConfigTree& tree, Problems& problems) {
  const fs::path state = fs::weakly_canonical(fs::absolute(tree.find("state_folder")->as_string()));
  std::vector<fs::path> folders;
  for (const ConfigTree& item : tree.find_path("jobs.write")->items()) {
    const std::string where = "jobs.write." + std::to_string(folders.size());
    folders.push_back(fs::weakly_canonical(fs::absolute(item.as_string())));
    if (std::ranges::mismatch(folders.back(), state).in1 == folders.back().end())
      problems.add(item.place(), where, "holds state_folder, which is not for jobs to change");
  }
  return folders;
}

std::vector<fs::path> folders_of(const ConfigTree& tree, const char* key, Problems& problems) {
  std::vector<fs::path> folders;
  size_t index = 0;
  for (const ConfigTree& item : tree.find_path(key)->items()) {
    const std::string where = std::string(key) + "." + std::to_string(index++);
    std::error_code error;
    const fs::path folder = fs::canonical(item.as_string(), error);
    if (error)
      problems.add(item.place(), where,
                   in_quotes(item.as_string()) + " can't be opened: " + error.message());
    else
      folders.push_back(folder);
  }
  return folders;
}

bool is_pipeline_name(const std::string& name) {
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::vector<Field> jobs_fields() {
  return {
      {.name = "jobs",
       .type = FieldType::kSection,
       .default_value = ConfigTree::section({}, Place::in("default")),
       .doc = "Training and batch pipelines, each in a process of its own.",
       .fields = {count_field("running", 1, 1, 1024, "jobs", "At once; others wait."),
                  count_field("queued", 100, 1, 1e6, "jobs",
                              "That have not ended; beyond it, 429."),
                  job_folders("read",
                              "Folders that jobs may read, besides `folders` and those in `write`; "
                              "symbolic links resolved."),
                  job_folders("write",
                              "Folders that jobs may write, made if they do not exist; without "
                              "one, no job that writes is taken. `state_folder` may not lie in "
                              "them."),
                  count_field("restarts", 5, 0, 1000, "restarts",
                              "Of a job whose process failed, in a row without a new checkpoint."),
                  {.name = "stall_seconds",
                   .type = FieldType::kFloat,
                   .default_value = default_of(3600.0),
                   .minimum = 0,
                   .maximum = 864'000,
                   .above_minimum = true,
                   .unit = "seconds",
                   .doc = "A job that gets nowhere for so long is killed and restarted."},
                  count_field("log_bytes", 16 << 20, 4096, 1 << 30, "bytes",
                              "Kept of what a job prints.")}},
      {.name = "pipelines",
       .type = FieldType::kAny,
       .default_value = ConfigTree::section({}, Place::in("default")),
       .doc = "Pipelines that requests may start by name: `NAME: FILE`."},
  };
}

JobsConfig jobs_from(const ConfigTree& tree, Problems& problems) {
  const ConfigTree& section = *tree.find("jobs");
  JobsConfig config;
  config.running = section.find("running")->as_int();
  config.queued = section.find("queued")->as_int();
  config.restarts = section.find("restarts")->as_int();
  config.stall_seconds = section.find("stall_seconds")->as_double();
  config.log_bytes = section.find("log_bytes")->as_int();
  config.readable = folders_of(tree, "jobs.read", problems);
  config.writable = writable_folders(tree, problems);
  const ConfigTree& pipelines = *tree.find("pipelines");
  if (!pipelines.is_section()) {
    problems.add(pipelines.place(), "pipelines",
                 "expected a section of names and files, found " + describe(pipelines));
    return config;
  }
  for (const ConfigMember& member : pipelines.members()) {
    const std::string where = "pipelines." + member.key;
    if (!is_pipeline_name(member.key))
      problems.add(member.place, "pipelines",
                   in_quotes(member.key) + " may hold letters, digits and ._- only, at most 100");
    else if (member.value.kind() != ConfigKind::kString)
      problems.add(member.value.place(), where,
                   "expected the path of a file, found " + describe(member.value));
    else if (std::error_code error;
             !fs::is_regular_file(fs::absolute(member.value.as_string()), error))
      problems.add(member.value.place(), where,
                   in_quotes(member.value.as_string()) + " is no file that can be opened");
    else
      config.pipelines[member.key] = fs::absolute(member.value.as_string()).lexically_normal();
  }
  return config;
}

}  // namespace lmos::serve
