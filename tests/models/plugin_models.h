// Models of the built plugins, from text.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "components/model.h"
#include "graph/graph.h"

namespace lmos::tests {

// From the text of a config.json. Throws as the plugin refuses it.
std::unique_ptr<components::Model> from_hugging_face(std::string_view plugin,
                                                     std::string_view json);
// From the YAML of a `model` section, validated and completed as a pipeline's.
std::unique_ptr<components::Model> from_section(const std::string& plugin, const std::string& yaml,
                                                int64_t vocab_size, int64_t context);

// The folder `models/NAME` of the test data; none where it is missing.
std::optional<std::filesystem::path> data_model(const std::string& name);

std::string read_text(const std::filesystem::path& path);

// The first node with that op; throws if there is none.
const graph::Node& find_node(const graph::Graph& graph, std::string_view op);
size_t count_nodes(const graph::Graph& graph, std::string_view op);

// What the call threw, or "" if it threw nothing.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace lmos::tests
