// The host's services for C++ code, and the guard that every C entry of a plugin runs its body in.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "llmasos/error.hpp"
#include "llmasos/host.h"
#include "llmasos/text.hpp"
#include "llmasos/v1_sizes.h"

// Each plugin has its own copy of what is below, whatever its visibility flags: the loader must not
// merge two plugins' hosts.
#pragma GCC visibility push(hidden)

namespace lmos::sdk {

namespace detail {
inline const lmos_host* host = nullptr;  // set once by init, before any other call
}  // namespace detail

// Null before init.
inline const lmos_host* host() { return detail::host; }

// For the caller of the C entry that is running; guarded() does this for exceptions.
inline void set_error(std::string_view message) noexcept {
  if (host() != nullptr) host()->set_error(host(), borrow(message));
}

// `level`: LMOS_LOG_INFO, ...
inline void log(int32_t level, std::string_view message) {
  if (host() != nullptr) host()->log(host(), level, borrow(message));
}

// The table of a host service, or null if the host has none. `v1_size`: the frozen size that the
// caller relies on.
template <class Table>
const Table* find_service(std::string_view id, uint32_t v1_size) {
  if (host() == nullptr) return nullptr;
  const auto* table = static_cast<const Table*>(host()->get_service(host(), borrow(id)));
  return table != nullptr && table->struct_size >= v1_size ? table : nullptr;
}

template <class Table>
const Table& service(std::string_view id, uint32_t v1_size) {
  const auto* table = find_service<Table>(id, v1_size);
  if (table == nullptr) throw unsupported("this host does not offer " + std::string(id));
  return *table;
}

// Runs the body of a C entry. Every exception becomes a status and a message at the host. `body`
// returns nothing or a status.
template <class Body>
lmos_status guarded(Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      std::forward<Body>(body)();
      return LMOS_OK;
    } else {
      return std::forward<Body>(body)();
    }
  } catch (const Error& error) {
    if (!error.reported()) set_error(error.what());
    return error.status();
  } catch (const std::bad_alloc&) {
    set_error("out of memory");
    return LMOS_NO_MEMORY;
  } catch (const std::exception& error) {
    set_error(error.what());
    return LMOS_FAILED;
  } catch (...) {
    set_error("an exception of unknown type");
    return LMOS_FAILED;
  }
}

// The same for an entry that has no status: returns `fallback` on an exception.
template <class Result, class Body>
Result guarded_or(Result fallback, Body&& body) noexcept {
  Result result = fallback;
  const lmos_status status = guarded([&] { result = std::forward<Body>(body)(); });
  return status == LMOS_OK ? result : fallback;
}

// A C handle owns a C++ object: `give` hands it out, `object` looks at it, `destroy` ends it.
template <class Object, class Handle>
void give(std::unique_ptr<Object> object, Handle** handle) {
  *handle = reinterpret_cast<Handle*>(object.release());
}
template <class Object, class Handle>
Object& object(Handle* handle) {
  return *reinterpret_cast<Object*>(handle);
}
template <class Object, class Handle>
const Object& object(const Handle* handle) {
  return *reinterpret_cast<const Object*>(handle);
}
template <class Object, class Handle>
void destroy(Handle* handle) noexcept {
  delete reinterpret_cast<Object*>(handle);
}

// body(begin, end, thread) over a partition of [0, count); see lmos_host_threads. Runs inline
// without the service. body must not throw.
template <class Body>
void parallel_for(int64_t count, int64_t grain, const Body& body) {
  const auto* threads =
      find_service<lmos_host_threads>(LMOS_HOST_THREADS_ID, LMOS_HOST_THREADS_V1_SIZE);
  if (threads == nullptr) {
    if (count > 0) body(int64_t{0}, count, int32_t{0});
    return;
  }
  threads->parallel_for(
      host(), count, grain,
      [](void* context, int64_t begin, int64_t end, int32_t thread) {
        (*static_cast<const Body*>(context))(begin, end, thread);
      },
      const_cast<Body*>(&body));
}

// Reports progress of a long call; throws Error(LMOS_CANCELLED) when the user wants it to stop.
// `total` 0 if unknown.
inline void report_progress(std::string_view what, uint64_t done, uint64_t total) {
  const auto* progress =
      find_service<lmos_host_progress>(LMOS_HOST_PROGRESS_ID, LMOS_HOST_PROGRESS_V1_SIZE);
  if (progress != nullptr) check(progress->report(host(), borrow(what), done, total));
}

}  // namespace lmos::sdk

#pragma GCC visibility pop
