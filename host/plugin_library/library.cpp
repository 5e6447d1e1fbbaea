#include "plugin_library/library.h"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <exception>
#include <string>
#include <vector>

#include "errors/error.h"

namespace lmos::registry {

namespace {

// Boost's message ends with the loader's own, which says all: "(dlerror system message: ...): Bad
// file descriptor".
std::string loader_reason(const std::exception& error) {
  std::string text = error.what();
  const std::string before = "dlerror system message: ";
  const size_t begin = text.find(before);
  if (begin == std::string::npos) return text;
  text.erase(0, begin + before.size());
  return text.substr(0, text.rfind(')'));
}

}  // namespace

lmos_plugin_query_fn load_library(const std::filesystem::path& path) {
  using boost::dll::load_mode::type;
  // Lives as long as the process: see the header.
  static auto& libraries = *new std::vector<boost::dll::shared_library>;
  boost::dll::shared_library library;
  try {
    library.load(path, type::rtld_now | type::rtld_local);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kPlugin, "it can't be loaded: " + loader_reason(error));
  }
  libraries.push_back(library);
  if (!library.has(LMOS_PLUGIN_SYMBOL))
    throw Error(ErrorKind::kPlugin, "it is no plugin: it does not export " LMOS_PLUGIN_SYMBOL);
  return &library.get<const lmos_plugin*(const lmos_host_info*)>(LMOS_PLUGIN_SYMBOL);
}

}  // namespace lmos::registry
