// A data set plugin over files that a test writes.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "components/dataset.h"
#include "errors/error.h"
#include "pipeline/plugin_schema.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"
#include "plugins/plugin_process.h"

namespace lmos::tests {

namespace fs = std::filesystem;

class DatasetTest : public testing::Test {
 protected:
  explicit DatasetTest(std::string plugin) : plugin_(std::move(plugin)) {
    std::string pattern = (fs::temp_directory_path() / "llmasos-data-XXXXXX").native();
    folder_ = mkdtemp(pattern.data());
  }
  ~DatasetTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return path(name);
  }
  std::string path(const std::string& name) const { return (folder_ / name).native(); }

  // `$` in `yaml` stands for the folder.
  std::unique_ptr<components::Dataset> open(std::string yaml, const std::string& split = "train") {
    for (size_t at; (at = yaml.find('$')) != std::string::npos;)
      yaml.replace(at, 1, folder_.native());
    auto& process = PluginProcess::get();
    const auto* table = process.registry.find<lmos_dataset_interface>(LMOS_DATASET_ID, plugin_);
    const auto fields = fields_from_plugin(table->fields, table->field_count, plugin_);
    return components::Dataset::open(*table, process.services.host(),
                                     validate(parse_yaml(yaml, Place::in("data.yaml")), fields, {}),
                                     split);
  }
  // That reading it all fails with a message that holds `part`.
  void expect_error(const std::string& part, const std::string& yaml,
                    const std::string& split = "train") {
    std::string message;
    try {
      drain(*open(yaml, split));
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  // Reads to the end.
  virtual void drain(components::Dataset& dataset) = 0;

 private:
  std::string plugin_;
  fs::path folder_;
};

}  // namespace lmos::tests
