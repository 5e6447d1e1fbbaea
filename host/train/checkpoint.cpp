#include "train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>

#include "components/peft_adapter.h"
#include "data/checksum.h"
#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/safetensors.h"
#include "formats/safetensors_weights.h"
#include "formats/safetensors_writer.h"

namespace lmos::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStepPrefix = "step-";
constexpr int64_t kStateVersion = 1;

fs::path state_file(const fs::path& checkpoint) { return checkpoint / "trainer" / "state.json"; }

std::string folder_name(int64_t step) {
  std::string digits = std::to_string(step);
  if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
  return std::string(kStepPrefix) + digits;
}

// Checkpoint folders by step; a folder whose writing was cut off has another name.
std::map<int64_t, fs::path> by_step(const fs::path& folder) {
  std::map<int64_t, fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kStepPrefix)) continue;
    const char* begin = name.data() + kStepPrefix.size();
    const char* end = name.data() + name.size();
    int64_t step = 0;
    const auto [stopped, failure] = std::from_chars(begin, end, step);
    if (failure == std::errc() && stopped == end) found[step] = entry.path();
  }
  return found;
}

// Independent of the order of the tensors.
uint64_t tensor_checksum(const std::string& name, std::span<const std::byte> data) {
  data::Checksum sum(data::checksum(name));
  sum.update(data);
  return sum.value();
}

uint64_t total_checksum(const TensorMap& tensors) {
  uint64_t total = 0;
  for (const auto& [name, tensor] : tensors) total += tensor_checksum(name, tensor.data);
  return total;
}

// Returns the checksum of what was written. Both writers have the same interface.
template <class Writer>
uint64_t write_tensors(Writer& writer, const TensorReader& read) {
  uint64_t total = 0;
  for (const TensorSpec& tensor : writer.tensors()) {
    read(tensor.name, [&](std::span<const std::byte> data) {
      total += tensor_checksum(tensor.name, data);
      writer.append(tensor.name, data);
    });
  }
  return total;
}

// JSON has no unsigned 64-bit integers that every reader keeps.
std::string hexadecimal(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

void point_model_at(const fs::path& run_folder, const fs::path& checkpoint) {
  const fs::path link = run_folder / "model", staged = run_folder / "model.partial";
  std::error_code error;
  fs::remove(staged, error);
  fs::create_directory_symlink(fs::relative(checkpoint, run_folder), staged, error);
  if (!error) fs::rename(staged, link, error);
  if (error)
    throw Error(ErrorKind::kResource, "can't point " + link.string() + " at " +
                                          checkpoint.string() + ": " + error.message());
}

LossScale read_loss_scale(const Json& json, int64_t step, const std::string& where) {
  const LossScale scale{json.at("scale", where).as_double(where),
                        json.at("good_steps", where).as_int64(where),
                        json.at("skipped", where).as_int64(where)};
  if (!(scale.scale > 0 && std::isfinite(scale.scale)) || scale.good_steps < 0 ||
      scale.skipped < 0 || scale.skipped > step || scale.good_steps > step - scale.skipped)
    throw Error(ErrorKind::kInput, where + ": its loss_scale is impossible");
  return scale;
}

}  // namespace

fs::path optimizer_file(const fs::path& checkpoint) {
  return checkpoint / "trainer" / "optimizer.safetensors";
}

Checkpoints::Checkpoints(fs::path run_folder) : run_folder_(std::move(run_folder)) {}

namespace {

// Everything of a checkpoint, with its weights as the writer arranges them.
template <class Writer>
void write_checkpoint(Writer& checkpoint, const CheckpointContents& contents) {
  const fs::path& staging = checkpoint.staging();
  std::error_code error;
  fs::create_directories(staging / "trainer", error);
  if (error)
    throw Error(ErrorKind::kResource,
                "can't create " + (staging / "trainer").string() + ": " + error.message());

  Json sums = Json::Object();
  sums.set("weights", hexadecimal(write_tensors(checkpoint, contents.read)));
  SafetensorsWriter optimizer(optimizer_file(staging), contents.optimizer, {});
  sums.set("optimizer", hexadecimal(write_tensors(optimizer, contents.read)));
  optimizer.commit();
  Json state = Json::Object();
  state.set("version", kStateVersion);
  state.set("step", contents.state.step);
  state.set("seed", contents.state.seed);
  state.set("tokens", contents.state.tokens);
  if (const auto& scale = contents.state.loss_scale) {
    Json values = Json::Object();
    values.set("scale", scale->scale);
    values.set("good_steps", scale->good_steps);
    values.set("skipped", scale->skipped);
    state.set("loss_scale", std::move(values));
  }
  state.set("checksums", std::move(sums));
  write_file_atomically(state_file(staging), indented_json(state));
  checkpoint.commit();
}

}  // namespace

fs::path Checkpoints::save(const CheckpointContents& contents, int64_t keep) const {
  const fs::path folder = run_folder_ / "checkpoints";
  const fs::path path = folder / folder_name(contents.state.step);
  if (contents.adapter) {
    components::PeftAdapterWriter checkpoint(path, contents.files, contents.weights);
    write_checkpoint(checkpoint, contents);
  } else {
    HuggingFaceWriter checkpoint(path, contents.files, contents.weights);
    write_checkpoint(checkpoint, contents);
  }
  point_model_at(run_folder_, path);

  std::error_code error;
  auto all = by_step(folder);
  while (static_cast<int64_t>(all.size()) > keep && all.begin()->first != contents.state.step) {
    fs::remove_all(all.begin()->second, error);
    all.erase(all.begin());
  }
  return path;
}

std::optional<Checkpoints::Found> Checkpoints::newest(
    const std::function<void(const std::string&)>& warn) const {
  const auto all = by_step(run_folder_ / "checkpoints");
  for (auto entry = all.rbegin(); entry != all.rend(); ++entry) {
    const fs::path& folder = entry->second;
    try {
      const std::string where = state_file(folder).string();
      const Json state = read_json_file(state_file(folder));
      if (state.at("version", where).as_int64(where) != kStateVersion)
        throw Error(ErrorKind::kInput,
                    where + ": written by a newer LLMasOS; use that version to go on");
      const Json& sums = state.at("checksums", where);
      const auto check = [&](const char* name, const TensorMap& tensors) {
        if (sums.at(name, where).as_string(where) != hexadecimal(total_checksum(tensors)))
          throw Error(ErrorKind::kInput,
                      std::string("the checksum of its ") + name + " differs from state.json");
      };
      const fs::path adapter = folder / components::kAdapterWeightsFile;
      if (path_exists(adapter))
        check("weights", SafetensorsFile(adapter).tensors());
      else
        check("weights", SafetensorsWeights(folder).tensors());
      check("optimizer", SafetensorsFile(optimizer_file(folder)).tensors());
      Found found{folder, {}};
      found.state.step = state.at("step", where).as_int64(where);
      found.state.seed = state.at("seed", where).as_uint64(where);
      found.state.tokens = state.at("tokens", where).as_int64(where);
      if (const Json* scale = state.find("loss_scale"))
        found.state.loss_scale = read_loss_scale(*scale, found.state.step, where);
      if (found.state.step != entry->first)
        throw Error(ErrorKind::kInput, where + ": its step differs from the folder's name");
      return found;
    } catch (const Error& error) {
      warn("passing over the checkpoint " + folder.string() + ": " + error.what());
    }
  }
  return std::nullopt;
}

}  // namespace lmos::train
