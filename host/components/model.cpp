#include "components/model.h"

#include "components/config_writer.h"
#include "llmasos/text.hpp"
#include "pipeline/config_service.h"
#include "pipeline/json_writer.h"
#include "registry/model_graph.h"
#include "runtime/status.h"

namespace lmos::components {
Model::Model(const lmos_model_interface& interface, lmos_model* handle)
    : interface_(&interface), handle_(handle, interface.destroy) {
  info_.struct_size = sizeof(info_);
  runtime::check(interface.info(handle, &info_), "asking the model for its sizes");
}

std::unique_ptr<Model> Model::create(const lmos_model_interface& interface, const lmos_host* host,
                                     const ConfigTree& section, int64_t vocab_size,
                                     int64_t context) {
  lmos_model* handle = nullptr;
  runtime::check(interface.create(host, config_node(section), vocab_size, context, &handle),
                 "creating the model");
  return std::unique_ptr<Model>(new Model(interface, handle));
}

std::unique_ptr<Model> Model::from_hugging_face(const lmos_model_interface& interface,
                                                const lmos_host* host, const ConfigTree& config) {
  lmos_model* handle = nullptr;
  runtime::check_reading(interface.create_from_hugging_face(host, config_node(config), &handle),
                         "reading the model's config.json");
  return std::unique_ptr<Model>(new Model(interface, handle));
}

graph::Graph Model::graph(std::string_view task, bool training, lmos_dtype storage,
                          lmos_dtype compute) const {
  return registry::build_model_graph(*interface_, handle_.get(), task, training, storage, compute);
}

std::string Model::config_json(std::string_view task) const {
  ConfigTreeWriter tree;
  runtime::check(interface_->write_hugging_face(handle_.get(), sdk::borrow(task), tree.writer()),
                 "writing the config.json");
  return write_json(tree.take());
}

}  // namespace lmos::components
