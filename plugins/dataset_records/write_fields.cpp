#include "write_fields.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "llmasos/error.hpp"

namespace lmos::records {

namespace json = boost::json;

namespace {

// Nested no deeper than the parser allows (32).
class Writing {
 public:
  Writing(sdk::ConfigWriter& writer, const std::string& place) : writer_(writer), place_(place) {}

  void put_members(const json::object& object) {
    for (const auto& [key, value] : object) {
      if (key.empty()) throw sdk::invalid(place_ + ": a member has an empty name");
      put({key.data(), key.size()}, value);
    }
  }

 private:
  void put(std::string_view key, const json::value& value) {
    switch (value.kind()) {
      case json::kind::null:
        return writer_.put_null(key);
      case json::kind::bool_:
        return writer_.put_bool(key, value.get_bool());
      case json::kind::int64:
        return writer_.put_int(key, value.get_int64());
      case json::kind::uint64:
        throw sdk::invalid(place_ + ": " + std::to_string(value.get_uint64()) +
                           " is too large a number");
      case json::kind::double_:
        return writer_.put_float(key, value.get_double());
      case json::kind::string:
        return writer_.put_string(key, {value.get_string().data(), value.get_string().size()});
      case json::kind::array:
        writer_.begin_list(key);
        for (const json::value& element : value.get_array()) put("", element);
        return writer_.end();
      case json::kind::object:
        writer_.begin_map(key);
        put_members(value.get_object());
        return writer_.end();
    }
  }

  sdk::ConfigWriter& writer_;
  const std::string& place_;
};

}  // namespace

void write_fields(sdk::ConfigWriter& writer, const Record& record) {
  Writing(writer, record.place).put_members(record.fields);
}

}  // namespace lmos::records
