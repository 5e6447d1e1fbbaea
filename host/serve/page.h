// The web page: the files of host/serve/page, which are part of the program.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "serve/route.h"

namespace lmos::serve {

struct PageFile {
  std::string_view name;  // "main.js"
  std::string_view bytes;
};

// Made when the program is built.
std::span<const PageFile> page_files();

// GET / and GET /page/NAME, open to all: what the page shows it asks for with its visitor's key.
std::vector<Route> page_routes();

}  // namespace lmos::serve
