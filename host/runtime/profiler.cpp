#include "runtime/profiler.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "errors/error.h"
#include "graph/op.h"
#include "runtime/node_view.h"

namespace lmos::runtime {

size_t Profiler::row(const graph::Graph& graph, const graph::Node& node) {
  std::string op(node.op->name), shapes = shapes_of(graph, node);
  auto [found, added] = index_.emplace(op + " " + shapes, rows_.size());
  if (added) rows_.push_back({std::move(op), std::move(shapes), graph::flops(graph, node), {}});
  return found->second;
}

void Profiler::record(size_t row, Clock::time_point begin, Clock::time_point end) {
  Sum& sum = rows_[row].sum;
  ++sum.calls;
  sum.time += end - begin;
  sum.flops += rows_[row].flops;
  if (trace_ == Trace::kOn && events_.size() < kMostEvents) events_.push_back({row, begin, end});
}

void Profiler::clear() {
  for (Row& row : rows_) row.sum = {};
  events_.clear();
}

std::string Profiler::table_by_op() const {
  std::map<std::string, Sum> sums;
  for (const Row& row : rows_) {
    Sum& sum = sums[row.op];
    sum.calls += row.sum.calls;
    sum.time += row.sum.time;
    sum.flops += row.sum.flops;
  }
  return table(sums);
}

std::string Profiler::table_by_shape() const {
  std::map<std::string, Sum> sums;
  for (const Row& row : rows_) sums[row.op + " " + row.shapes] = row.sum;
  return table(sums);
}

namespace {

// An operation over all parameters has hundreds of shapes.
std::string shortened(const std::string& name) {
  constexpr size_t kMost = 100;  // bytes
  return name.size() <= kMost ? name : name.substr(0, name.rfind(' ', kMost)) + " …";
}

}  // namespace

std::string Profiler::table(const std::map<std::string, Sum>& sums) {
  std::vector<std::pair<std::string, Sum>> order(sums.begin(), sums.end());
  std::ranges::stable_sort(order, [](auto& a, auto& b) { return a.second.time > b.second.time; });
  std::chrono::nanoseconds total{0};
  for (auto& [name, sum] : order) total += sum.time;
  std::string text = "   calls           ms   share    Gflop/s  op\n";
  for (auto& [name, sum] : order) {
    if (sum.calls == 0) continue;
    auto time = static_cast<double>(sum.time.count());
    char line[64];
    std::snprintf(line, sizeof line, "%8llu %12.3f %6.1f%% %10.2f  ",
                  static_cast<unsigned long long>(sum.calls), time * 1e-6,
                  100 * time / std::max(1.0, static_cast<double>(total.count())),
                  sum.flops / std::max(1.0, time));
    text += line + shortened(name) + "\n";
  }
  return text;
}

void Profiler::write_trace(const std::filesystem::path& file) const {
  std::ofstream out(file);
  std::map<std::string, size_t> threads;  // by op
  for (const Row& row : rows_) threads.emplace(row.op, threads.size());
  // Names of ops and shapes hold no character that JSON escapes.
  out << "{\"traceEvents\":[";
  const char* separator = "\n";
  for (auto& [op, thread] : threads) {
    out << separator << R"({"ph":"M","name":"thread_name","pid":0,"tid":)" << thread
        << R"(,"args":{"name":")" << op << "\"}}";
    separator = ",\n";
  }
  for (const Event& event : events_) {
    auto microseconds = [](Clock::duration time) {
      return std::chrono::duration<double, std::micro>(time).count();
    };
    const Row& row = rows_[event.row];
    char times[80];
    std::snprintf(times, sizeof times, "\"ts\":%.3f,\"dur\":%.3f",
                  microseconds(event.begin - events_.front().begin),
                  microseconds(event.end - event.begin));
    out << separator << R"({"ph":"X","pid":0,"tid":)" << threads.at(row.op) << "," << times
        << R"(,"name":")" << row.op << R"(","args":{"shapes":")" << row.shapes << "\"}}";
    separator = ",\n";
  }
  out << "\n]}\n";
  out.close();
  if (!out) throw Error(ErrorKind::kResource, "can't write the trace to " + file.string());
}

}  // namespace lmos::runtime
