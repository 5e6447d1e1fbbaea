// Where the time of executables goes: sums by operation and by operation and shape, and a trace.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace lmos::runtime {

// One call at a time. May serve several executables; equal ops of equal shapes share a row.
class Profiler {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Trace { kOff, kOn };

  // With the trace on, single calls are kept as well, up to kMostEvents; later ones only count in
  // the sums.
  explicit Profiler(Trace trace = Trace::kOff) : trace_(trace) {}

  // The row of a node's op and shapes, made at the first call.
  size_t row(const graph::Graph& graph, const graph::Node& node);
  void record(size_t row, Clock::time_point begin, Clock::time_point end);
  void clear();  // forgets the times, not the rows

  // Tables for the user, largest sum first: calls, milliseconds, share, and Gflop/s where the op
  // counts them.
  std::string table_by_op() const;
  std::string table_by_shape() const;
  // Chrome's trace event format (chrome://tracing, Perfetto), one row an op. Throws kResource if
  // the file can't be written.
  void write_trace(const std::filesystem::path& file) const;

  static constexpr size_t kMostEvents = 1'000'000;

 private:
  struct Sum {
    uint64_t calls = 0;
    std::chrono::nanoseconds time{0};
    double flops = 0;
  };
  struct Row {
    std::string op, shapes;
    double flops = 0;  // of one call
    Sum sum;
  };
  struct Event {
    size_t row;
    Clock::time_point begin, end;
  };
  static std::string table(const std::map<std::string, Sum>& sums);

  Trace trace_;
  std::vector<Row> rows_;
  std::map<std::string, size_t> index_;  // "op shapes" -> place in rows_
  std::vector<Event> events_;
};

}  // namespace lmos::runtime
