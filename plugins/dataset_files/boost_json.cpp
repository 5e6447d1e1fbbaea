// The only translation unit of the data set plugins that compiles Boost.JSON itself.
#include <boost/json/src.hpp>
