// A graph that is small enough to check by hand, and what running it needs.
#pragma once

#include <span>
#include <vector>

#include "backends/backend_plugins.h"
#include "graph/builder.h"
#include "runtime/executable.h"

namespace lmos::runtime {

// h = linear(x, w); y = rms_norm(h) (output "y"); total += y (state); x: [tokens, 2], w: [3, 2].
inline graph::Graph small_graph(int64_t tokens) {
  graph::Graph graph;
  graph::Builder builder(graph);
  graph::ValueId x = builder.input("x", {LMOS_F32, {tokens, 2}});
  graph::Parameter weight;
  weight.name = "w";
  weight.axes = {"mlp", "embed"};
  graph::ValueId w = builder.parameter(weight, {LMOS_F32, {3, 2}});
  graph::ValueId total = builder.state("total", {LMOS_F32, {tokens, 3}});
  graph::ValueId h = builder.one("linear", {x, w});
  graph::ValueId ones = builder.constant(1, {LMOS_F32, {3}});
  graph::ValueId y =
      builder.node("rms_norm", std::vector<graph::ValueId>{h, ones}, {{"epsilon", 0.0}}).front();
  builder.node("accumulate", std::vector<graph::ValueId>{total, y});
  builder.output("y", y);
  return graph;
}

inline Buffer floats(Device& device, Stream& stream, const std::vector<float>& values,
                     MemoryCategory category = MemoryCategory::kInputs) {
  Buffer buffer = device.allocate(values.size() * sizeof(float), category);
  upload_now<float>(stream, buffer.operand(), values);
  return buffer;
}

inline std::vector<float> read_floats(Stream& stream, lmos_operand operand, size_t count) {
  std::vector<float> values(count);
  download_now<float>(stream, values, operand);
  return values;
}

// A device of the reference whose backend says that it has no kernel for rms_norm.
class WithoutRmsNorm {
 public:
  WithoutRmsNorm() : table_(test::backend("reference").table()) {
    table_.supports = [](const lmos_device* device, const lmos_node* node) {
      if (std::string_view(node->op.data, node->op.size) == "rms_norm") return 0;
      return test::backend("reference").table().supports(device, node);
    };
    device_ = std::make_unique<Device>("without_rms_norm", test::host_services().host(), &table_);
  }
  Device& device() { return *device_; }

 private:
  lmos_backend_interface table_;
  std::unique_ptr<Device> device_;
};

// A device of the reference that records: `recorded` counts the kernels of all recordings,
// `launches` the recordings that ran.
class Recording {
 public:
  Recording() : table_(test::backend("reference").table()) {
    table_.kernel_run = [](lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                           uint64_t count, lmos_operand scratch) {
      if (!now().open) return reference().kernel_run(kernel, stream, operands, count, scratch);
      now().calls.push_back({kernel, {operands, operands + count}, scratch});
      return lmos_status{LMOS_OK};
    };
    device_ = std::make_unique<Device>("recording", test::host_services().host(), &table_);
    device_->set_capture(&kCapture);
    now() = {};
  }
  Device& device() { return *device_; }
  static size_t recorded() { return now().calls.size(); }
  static int launches() { return now().launches; }

 private:
  struct Call {
    lmos_kernel* kernel;
    std::vector<lmos_operand> operands;
    lmos_operand scratch;
  };
  struct State {
    bool open = false;
    std::vector<Call> calls;
    int launches = 0;
  };
  static State& now() {
    static State state;
    return state;
  }
  static const lmos_backend_interface& reference() { return test::backend("reference").table(); }

  static constexpr lmos_capture_interface kCapture = {
      .struct_size = sizeof(lmos_capture_interface),
      .begin =
          [](lmos_stream*) {
            now().open = true;
            now().calls.clear();
            return lmos_status{LMOS_OK};
          },
      .end =
          [](lmos_stream*, lmos_recording** recording) {
            now().open = false;
            *recording = reinterpret_cast<lmos_recording*>(&now());
            return lmos_status{LMOS_OK};
          },
      .launch =
          [](lmos_recording*, lmos_stream* stream) {
            ++now().launches;
            for (const Call& call : now().calls)
              reference().kernel_run(call.kernel, stream, call.operands.data(),
                                     call.operands.size(), call.scratch);
            return lmos_status{LMOS_OK};
          },
      .recording_release = [](lmos_recording*) {},
  };

  lmos_backend_interface table_;
  std::unique_ptr<Device> device_;
};

}  // namespace lmos::runtime
