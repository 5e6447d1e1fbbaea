#include "formats/pytorch/pytorch_writer.h"

#include "formats/pytorch/pickle_writer.h"
#include "formats/safetensors_writer.h"

namespace lmos {

PytorchWriter::PytorchWriter(const std::filesystem::path& path, std::vector<TensorSpec> tensors)
    : tensors_(std::move(tensors)), order_(append_order(tensors_)), file_(path), archive_(file_) {
  check_tensor_names(tensors_);
  archive_.add("archive/data.pkl", pickle_of_tensors(tensors_));
  archive_.add("archive/byteorder", "little");
}

void PytorchWriter::open_entries(size_t count) {
  for (; opened_ < count; ++opened_)
    archive_.begin("archive/data/" + std::to_string(opened_), tensor_bytes(tensors_[opened_]));
}

void PytorchWriter::append(std::string_view name, std::span<const std::byte> data) {
  if (data.empty()) return;
  const size_t due = order_.next();
  order_.accept(name, data.size());
  open_entries(due + 1);
  archive_.append(data);
}

void PytorchWriter::commit() {
  order_.check_complete();
  open_entries(tensors_.size());
  archive_.add("archive/version", "3\n");
  archive_.finish();
  file_.commit();
}

}  // namespace lmos
