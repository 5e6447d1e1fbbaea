// Opens what a pipeline names: plugins by interface and name, and their instances.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "components/dataset.h"
#include "components/model.h"
#include "components/tokenizer.h"
#include "formats/model_files.h"
#include "pipeline/pipeline.h"
#include "pipeline/schema.h"
#include "registry/registry.h"
#include "runtime/device.h"
#include "runtime/host_services.h"

namespace lmos::components {

// One for the process. Unless said otherwise, members are for the main thread.
class Catalogue {
 public:
  explicit Catalogue(const registry::RegistryOptions& options);

  registry::Registry& registry() { return registry_; }
  runtime::HostServices& services() { return services_; }
  // For load_pipeline and `llmasos schema`; refers to this object.
  PluginSchemas schemas();

  // Throws kPlugin or kResource; the message says what to do.
  std::unique_ptr<runtime::Device> open_device(const BackendSection& section);
  // `classes`, here and below: names of those of a classification, in place of the model's own;
  // none: those.
  std::unique_ptr<Model> create_model(const ModelSection& section, int64_t vocab_size,
                                      int64_t context,
                                      const std::vector<std::string>& classes = {});
  // `plugin` empty: the one whose model types hold the files'.
  std::unique_ptr<Model> open_model(std::string_view plugin, const ModelFiles& files,
                                    const std::vector<std::string>& classes = {});
  // `plugin` empty: the first one that reads the file.
  std::unique_ptr<Tokenizer> open_tokenizer(std::string_view plugin,
                                            const std::filesystem::path& path);
  std::unique_ptr<Tokenizer> train_tokenizer(const TokenizerSection& section, uint64_t total_bytes,
                                             TextSource text);
  // None if the data has no such split.
  std::unique_ptr<Dataset> open_dataset(const DatasetSection& section, const std::string& split);

 private:
  const lmos_model_interface& find_model(std::string_view plugin, const std::string& model_type,
                                         const std::string& where);

  runtime::HostServices services_;
  registry::Registry registry_;
};

}  // namespace lmos::components
