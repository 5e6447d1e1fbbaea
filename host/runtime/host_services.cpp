#include "runtime/host_services.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "errors/error.h"
#include "llmasos/plugin.h"

namespace lmos::runtime {
namespace {

thread_local std::string plugin_error;

std::string_view view(lmos_string text) {
  return text.data ? std::string_view(text.data, text.size) : std::string_view();
}

spdlog::level::level_enum spdlog_level(int32_t level) {
  switch (level) {
    case LMOS_LOG_DEBUG:
      return spdlog::level::debug;
    case LMOS_LOG_INFO:
      return spdlog::level::info;
    case LMOS_LOG_WARNING:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

}  // namespace

HostServices& HostServices::of(const lmos_host* host) {
  return *static_cast<HostServices*>(host->context);
}

HostServices::HostServices(uint32_t threads) : threads_(std::make_unique<ThreadPool>(threads)) {
  threads_table_ = {
      .struct_size = sizeof(lmos_host_threads),
      .reserved = 0,
      .thread_count = [](const lmos_host* host) { return of(host).threads_->thread_count(); },
      .parallel_for =
          [](const lmos_host* host, int64_t count, int64_t grain, ThreadPool::Body body,
             void* context) { of(host).threads_->parallel_for(count, grain, body, context); },
  };
  progress_table_ = {
      .struct_size = sizeof(lmos_host_progress), .reserved = 0, .report = HostServices::report};
  add(LMOS_HOST_THREADS_ID, &threads_table_);
  add(LMOS_HOST_PROGRESS_ID, &progress_table_);
  host_ = {.struct_size = sizeof(lmos_host),
           .abi_version = LMOS_ABI_VERSION,
           .context = this,
           .log = HostServices::log,
           .set_error = HostServices::set_error,
           .get_service = HostServices::get_service};
}

void HostServices::add(std::string_view id, const void* table) {
  if (!services_.emplace(id, table).second) {
    throw Error(ErrorKind::kInternal, "host service " + std::string(id) + " is registered twice");
  }
}

void HostServices::log(const lmos_host*, int32_t level, lmos_string message) {
  spdlog::log(spdlog_level(level), "{}", view(message));
}

void HostServices::set_error(const lmos_host*, lmos_string message) {
  plugin_error = view(message);
}

const void* HostServices::get_service(const lmos_host* host, lmos_string id) {
  const auto& services = of(host).services_;
  auto found = services.find(view(id));
  return found == services.end() ? nullptr : found->second;
}

lmos_status HostServices::report(const lmos_host* host, lmos_string what, uint64_t done,
                                 uint64_t total) {
  return of(host).report_progress(view(what), done, total) ? LMOS_OK : LMOS_CANCELLED;
}

std::string take_plugin_error() { return std::exchange(plugin_error, {}); }

}  // namespace lmos::runtime
