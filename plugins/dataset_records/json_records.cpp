#include "json_records.h"

#include <algorithm>
#include <boost/json/parser.hpp>

#include "llmasos/error.hpp"

namespace lmos::records {

namespace json = boost::json;

namespace {

std::vector<std::string> split_at_dots(const std::string& each) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= each.size() && !each.empty();) {
    const size_t end = std::min(each.find('.', begin), each.size());
    names.push_back(each.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

class Walk {
 public:
  Walk(std::vector<std::string> names, std::string where)
      : names_(std::move(names)), where_(std::move(where)) {}

  // `depth`: names that were followed. `outer`: members of the objects around `value`.
  void visit(const json::value& value, size_t depth, const std::string& path,
             const json::object& outer) {
    if (const json::array* array = value.if_array()) {
      for (size_t i = 0; i < array->size(); ++i)
        visit_object((*array)[i], depth, path + "[" + std::to_string(i) + "]", outer);
    } else if (names_.empty()) {
      fail(path, "the document is no array; set `each` to where its records are");
    } else {
      visit_object(value, depth, path, outer);
    }
  }

  std::vector<Record> records;

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    throw sdk::invalid(place(path) + ": " + message);
  }
  std::string place(const std::string& path) const {
    return path.empty() ? where_ : where_ + ": " + path;
  }

  void visit_object(const json::value& value, size_t depth, const std::string& path,
                    const json::object& outer) {
    const json::object* object = value.if_object();
    if (object == nullptr) fail(path, "this is no JSON object");
    const bool found = depth == names_.size();
    json::object fields = outer;
    for (const auto& [key, member] : *object)
      if (found || key != names_[depth]) fields.insert_or_assign(key, member);
    if (found) {
      records.push_back({std::move(fields), place(path)});
      return;
    }
    const json::value* inner = object->if_contains(names_[depth]);
    if (inner == nullptr) fail(path, "there is no member `" + names_[depth] + "` (see `each`)");
    visit(*inner, depth + 1, (path.empty() ? "" : path + ".") + names_[depth], fields);
  }

  std::vector<std::string> names_;
  std::string where_;
};

}  // namespace

json::value parse_json(std::string_view text, const std::string& where, bool lines) {
  json::parser parser;
  json::error_code error;
  const json::string_view bytes(text.data(), text.size());
  size_t read = parser.write_some(bytes, error);
  if (!error) {
    const size_t more = bytes.find_first_not_of(" \t\r\n", read);
    if (more == json::string_view::npos) return parser.release();
    read = more;
    error = json::error::extra_data;
  }
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(read), '\n');
  throw sdk::invalid(where + (lines ? ":" + std::to_string(line) : "") +
                     ": this is no JSON: " + error.message());
}

json::object parse_json_line(std::string_view line, const std::string& where) {
  json::value value = parse_json(line, where, false);
  if (!value.is_object()) throw sdk::invalid(where + ": this line is no JSON object");
  return std::move(value.get_object());
}

std::vector<Record> find_records(const json::value& document, const std::string& each,
                                 const std::string& where) {
  Walk walk(split_at_dots(each), where);
  walk.visit(document, 0, "", {});
  return std::move(walk.records);
}

}  // namespace lmos::records
