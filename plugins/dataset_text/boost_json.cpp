// The only translation unit of this plugin that compiles Boost.JSON itself.
#include <boost/json/src.hpp>
