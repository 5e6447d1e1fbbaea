// A record as the readers give it.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace lmos::records {

struct Record {
  boost::json::object fields;
  std::string place;  // "train.tsv:7"
};

}  // namespace lmos::records
