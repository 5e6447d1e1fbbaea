#include <vector>

#include "check.h"
#include "components/dataset.h"
#include "plugin_under_check.h"

namespace lmos::check {

namespace {

using components::Dataset;

constexpr size_t kMostDocuments = 10'000;  // read of a large data set

std::unique_ptr<Dataset> open(PluginUnderCheck& plugin, const std::string& split) {
  const auto& table = plugin.table<lmos_dataset_interface>(LMOS_DATASET_ID);
  const ConfigTree section = plugin.section("dataset", table.fields, table.field_count);
  return Dataset::open(table, plugin.host(), section, split);
}

std::unique_ptr<Dataset> open_train(PluginUnderCheck& plugin) {
  auto dataset = open(plugin, "train");
  expect(dataset != nullptr, "it has no split `train`");
  return dataset;
}

std::vector<std::string> read(Dataset& dataset) {
  std::vector<std::string> documents;
  for (std::string document; documents.size() < kMostDocuments && dataset.next(document);)
    documents.push_back(document);
  return documents;
}

void documents_repeat(PluginUnderCheck& plugin) {
  const auto dataset = open_train(plugin);
  const auto first = read(*dataset);
  expect(!first.empty(), "it has no documents");
  dataset->rewind();
  expect(read(*dataset) == first, "after rewind the documents are different");
  expect(read(*open_train(plugin)) == first, "opened again, the documents are different");
}

void records_repeat(PluginUnderCheck& plugin) {
  const auto dataset = open_train(plugin);
  if (!dataset->has_records()) return;
  components::Record record, again;
  expect(dataset->next_record(record), "it has no records");
  expect(!record.place().empty(), "a record has no place");
  while (dataset->next_record(again)) {
  }
  dataset->rewind();
  expect(dataset->next_record(again) && again.fields() == record.fields() &&
             again.place() == record.place(),
         "after rewind the first record is another one");
}

void fingerprint_repeats(PluginUnderCheck& plugin) {
  const auto dataset = open_train(plugin);
  const std::string fingerprint = dataset->fingerprint();
  expect(!fingerprint.empty(), "the fingerprint is empty");
  read(*dataset);
  expect(dataset->fingerprint() == fingerprint, "reading changes the fingerprint");
  expect(open_train(plugin)->fingerprint() == fingerprint,
         "opened again, it has another fingerprint");
}

void full_sinks_stop_it(PluginUnderCheck& plugin) {
  const auto dataset = open_train(plugin);
  const lmos_sink full = {
      nullptr, [](void*, const void*, uint64_t) -> lmos_status { return LMOS_CANCELLED; }};
  expect_status(LMOS_CANCELLED, dataset->interface().next(dataset->handle(), full),
                "next into a sink that refuses");
}

void unknown_splits_are_unsupported(PluginUnderCheck& plugin) {
  open_train(plugin);
  expect(open(plugin, "no-such-split") == nullptr,
         "a split of an unknown name does not return LMOS_UNSUPPORTED");
}

constexpr Check kChecks[] = {
    {"gives the same documents each time", documents_repeat},
    {"gives the same records each time", records_repeat},
    {"keeps its fingerprint", fingerprint_repeats},
    {"passes on what a sink returns", full_sinks_stop_it},
    {"returns LMOS_UNSUPPORTED for unknown splits", unknown_splits_are_unsupported},
};

}  // namespace

std::span<const Check> dataset_checks() { return kChecks; }

}  // namespace lmos::check
