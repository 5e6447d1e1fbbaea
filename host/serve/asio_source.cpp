// The code of Asio and Beast, compiled once for the library.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
