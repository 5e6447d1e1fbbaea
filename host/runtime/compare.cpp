#include "runtime/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/op.h"
#include "runtime/node_view.h"
#include "runtime/one_node_graph.h"
#include "runtime/values.h"

namespace lmos::runtime {
namespace {

using Bytes = std::vector<std::byte>;

Bytes read(Stream& stream, lmos_operand operand, const graph::TensorType& type) {
  Bytes bytes(type.bytes());
  download_now<std::byte>(stream, bytes, operand);
  return bytes;
}

void measure(NodeDifference& out, lmos_dtype dtype, const Bytes& trusted, const Bytes& examined) {
  std::vector<double> t = to_doubles(dtype, trusted), e = to_doubles(dtype, examined);
  double error = 0, size = 0;
  for (size_t i = 0; i < t.size(); ++i) {
    double difference = t[i] == e[i] ? 0 : std::abs(t[i] - e[i]);  // equal infinities differ by 0
    error += difference * difference;
    size += t[i] * t[i];
    // A NaN must win, so not std::max.
    if (!(difference <= out.max_error)) out.max_error = difference;
    out.max_value = std::max(out.max_value, std::abs(t[i]));
  }
  out.relative_l2 = error == 0 ? 0 : std::sqrt(error / size);
}

// A node on the examined device, with buffers for its operands.
class SingleNode {
 public:
  SingleNode(Device& device, const graph::Graph& graph, const graph::Node& node)
      : stream_(device), executable_(device, one_node_graph(graph, node)) {
    executable_.allocate();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      bool present = node.inputs[i] != graph::kNoValue;
      buffers_.push_back(present ? device.allocate(graph.type(node.inputs[i]).bytes()) : Buffer());
      if (present) executable_.bind("input " + std::to_string(i), buffers_[i]);
    }
  }
  void write_input(size_t i, const Bytes& bytes) {
    upload_now<std::byte>(stream_, buffers_[i].operand(), bytes);
  }
  void run() {
    executable_.run(stream_);
    stream_.synchronize();
  }
  Bytes read_input(size_t i, const graph::TensorType& type) {
    return read(stream_, buffers_[i].operand(), type);
  }
  Bytes read_output(size_t i, const graph::TensorType& type) {
    return read(stream_, executable_.output("output " + std::to_string(i)), type);
  }

 private:
  Stream stream_;
  Executable executable_;
  std::vector<Buffer> buffers_;  // by operand
};

void compare_node(Executable& trusted, Stream& stream, Device& examined, size_t index,
                  std::vector<NodeDifference>& differences) {
  const graph::Graph& graph = trusted.graph();
  const graph::Node& node = graph.nodes[index];
  SingleNode single(examined, graph, node);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    graph::ValueId id = node.inputs[i];
    if (id != graph::kNoValue) {
      single.write_input(i, read(stream, trusted.operand(id), graph.type(id)));
    }
  }
  trusted.run_node(stream, index);
  stream.synchronize();
  single.run();
  auto add = [&](const std::string& result, graph::ValueId id, const Bytes& values) {
    NodeDifference difference{
        index, std::string(node.op->name), shapes_of(graph, node), result, 0, 0, 0};
    measure(difference, graph.type(id).dtype, read(stream, trusted.operand(id), graph.type(id)),
            values);
    differences.push_back(std::move(difference));
  };
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    graph::ValueId id = node.outputs[i];
    add("output " + std::to_string(i), id, single.read_output(i, graph.type(id)));
  }
  for (uint32_t i : node.op->states) {
    graph::ValueId id = node.inputs[i];
    add("state " + std::to_string(i), id, single.read_input(i, graph.type(id)));
  }
}

}  // namespace

std::vector<NodeDifference> compare_nodes(Executable& trusted, Stream& trusted_stream,
                                          Device& examined) {
  std::vector<NodeDifference> differences;
  for (size_t i = 0; i < trusted.graph().nodes.size(); ++i) {
    compare_node(trusted, trusted_stream, examined, i, differences);
  }
  return differences;
}

std::string difference_table(const std::vector<NodeDifference>& differences, double tolerance) {
  std::string text = "    node  relative L2    max error    max value  result\n";
  for (const NodeDifference& d : differences) {
    char line[96];
    std::snprintf(line, sizeof line, "%c %6zu %12.3e %12.3e %12.3e  ",
                  d.relative_l2 <= tolerance ? ' ' : '*', d.node, d.relative_l2, d.max_error,
                  d.max_value);
    text += line + d.op + " " + d.result + " (" + d.shapes + ")\n";
  }
  return text;
}

}  // namespace lmos::runtime
