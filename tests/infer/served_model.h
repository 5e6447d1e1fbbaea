// A tiny LLaMA behind a paged cache, with a tokenizer whose token i is written <i>.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "components/catalogue.h"
#include "infer/request.h"
#include "infer/text_model.h"

namespace lmos::infer {

inline constexpr int32_t kVocab = 320;

inline std::filesystem::path write_tokenizer() {
  std::string vocab;
  for (int32_t id = 0; id < kVocab; ++id)
    vocab += (id == 0 ? "\"<" : ",\"<") + std::to_string(id) + ">\":" + std::to_string(id);
  const auto path = std::filesystem::temp_directory_path() /
                    ("llmasos-served-model-" + std::to_string(::getpid()) + ".json");
  std::ofstream(path) << R"({"version":"1.0","added_tokens":[],"decoder":{"type":"Fuse"},)"
                      << R"("model":{"type":"BPE","vocab":{)" << vocab << R"(},"merges":[]}})";
  return path;
}

class ServedModel {
 public:
  static components::Catalogue& catalogue() {
    static components::Catalogue catalogue(
        {.folders = {LLMASOS_PLUGIN_DIRECTORY},
         .default_folders = false,
         .probe_program = std::filesystem::path(LLMASOS_PROGRAM_DIRECTORY) / "llmasos-plugin-probe",
         .cache_folder = std::filesystem::path(LLMASOS_PROGRAM_DIRECTORY) / ".." / "test-cache"});
    return catalogue;
  }

  explicit ServedModel(const CacheShape& shape, bool batch_invariant = false,
                       lmos_dtype compute = LMOS_F32, const char* backend = "cpu") {
    const Place place = Place::in("test");
    BackendSection section;
    section.plugin = backend;
    section.threads = 2;
    if (batch_invariant)
      section.options = ConfigTree::section(
          {{"batch_invariant", ConfigTree::boolean(true, place), place}}, place);
    device_ = catalogue().open_device(section);
    const auto tokenizer = write_tokenizer();
    TextModelOptions options;
    options.tokenizer_path = tokenizer;
    options.compute = compute;
    model_ = std::make_unique<TextModel>(
        catalogue(), *device_, LLMASOS_SOURCE_DIRECTORY "/tests/models/data/tiny-llama2-gqa",
        options);
    std::filesystem::remove(tokenizer);
    cached_ = &model_->prepare(shape);
  }

  CachedModel& cached() { return *cached_; }
  const components::Tokenizer& tokenizer() const { return model_->tokenizer(); }

 private:
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<TextModel> model_;
  CachedModel* cached_ = nullptr;
};

// `count` tokens that no other `seed` begins with.
inline std::vector<int32_t> prompt(int32_t count, int32_t seed) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < count; ++i) ids.push_back((seed * 31 + i * i * 7 + i) % kVocab);
  return ids;
}

inline GenerationRequest greedy(std::vector<int32_t> ids, int64_t max_tokens,
                                std::string tenant = "") {
  GenerationRequest request;
  request.prompt_ids = std::move(ids);
  request.max_tokens = max_tokens;
  request.sampling.temperature = 0;
  request.tenant = std::move(tenant);
  return request;
}

}  // namespace lmos::infer
