// The files and folders that a pipeline names, and whether it may.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/pipeline.h"
#include "pipeline/problems.h"
#include "pipeline/schema.h"

namespace lmos {

struct PipelinePath {
  std::string key;  // "dataset.path"
  PathUse use = PathUse::kNone;
  std::string value;
  Place place;
};

// Every path in a tree that was validated, those of plugins' sections included.
std::vector<PipelinePath> pipeline_paths(PipelineKind kind, const ConfigTree& resolved,
                                         const PluginSchemas& plugins);

// Canonical folders. What lies in one of `writable` may be read as well; nothing in one of
// `excluded` may be either.
struct PathRules {
  std::vector<std::filesystem::path> readable, writable, excluded;
};

// Adds a problem for each path that leads out of the folders it may be in, symbolic links resolved
// (those in a folder that is named, too), for one that is read and does not exist, and for each
// that holds code. Relative paths start at the current folder.
void check_paths(const std::vector<PipelinePath>& paths, const PathRules& rules,
                 Problems& problems);

}  // namespace lmos
