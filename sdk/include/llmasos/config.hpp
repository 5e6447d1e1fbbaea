// Reading and writing the host's configuration tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llmasos/config.h"
#include "llmasos/host.hpp"

namespace lmos::sdk {

// A node of the tree, or none. Valid as long as the call that gave it. Getters throw
// Error(LMOS_INVALID) with the place in the file when the value is of another kind.
class Config {
 public:
  Config() = default;
  explicit Config(const lmos_config* node)
      : table_(&service<lmos_host_config>(LMOS_HOST_CONFIG_ID, LMOS_HOST_CONFIG_V1_SIZE)),
        node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }
  int32_t kind() const {
    return node_ == nullptr ? int32_t{LMOS_CONFIG_NULL} : table_->kind(node_);
  }
  bool is_map() const { return kind() == LMOS_CONFIG_MAP; }
  bool is_list() const { return kind() == LMOS_CONFIG_LIST; }
  bool is_string() const { return kind() == LMOS_CONFIG_STRING; }

  // A map's value; none if the key is absent or its value is null.
  Config find(std::string_view key) const {
    const lmos_config* child = node_ == nullptr ? nullptr : table_->get(node_, borrow(key));
    if (child == nullptr || table_->kind(child) == LMOS_CONFIG_NULL) return Config();
    return Config(table_, child);
  }
  Config require(std::string_view key) const {
    const Config child = find(key);
    if (!child) fail("`" + std::string(key) + "` is missing");
    return child;
  }
  // Of a list or map, in file order.
  std::vector<Config> elements() const {
    std::vector<Config> all;
    const uint64_t count = node_ == nullptr ? 0 : table_->size(node_);
    for (uint64_t i = 0; i < count; ++i)
      all.push_back(Config(table_, table_->at(node_, i, nullptr)));
    return all;
  }
  std::vector<std::string_view> keys() const {
    std::vector<std::string_view> all;
    const uint64_t count = is_map() ? table_->size(node_) : 0;
    for (uint64_t i = 0; i < count; ++i) {
      lmos_string key = {};
      table_->at(node_, i, &key);
      all.push_back(view(key));
    }
    return all;
  }

  bool as_bool() const { return get<int32_t>(&lmos_host_config::as_bool) != 0; }
  int64_t as_int() const { return get<int64_t>(&lmos_host_config::as_int); }
  double as_float() const { return get<double>(&lmos_host_config::as_float); }
  std::string_view as_string() const {
    return view(get<lmos_string>(&lmos_host_config::as_string));
  }

  bool bool_or(std::string_view key, bool otherwise) const {
    const Config child = find(key);
    return child ? child.as_bool() : otherwise;
  }
  int64_t int_or(std::string_view key, int64_t otherwise) const {
    const Config child = find(key);
    return child ? child.as_int() : otherwise;
  }
  double float_or(std::string_view key, double otherwise) const {
    const Config child = find(key);
    return child ? child.as_float() : otherwise;
  }
  std::string string_or(std::string_view key, std::string_view otherwise) const {
    const Config child = find(key);
    return std::string(child ? child.as_string() : otherwise);
  }

  // "file:line:column: a.b.c", or "" for none.
  std::string place() const {
    return node_ == nullptr ? "" : std::string(view(table_->place(node_)));
  }
  // Throws Error(LMOS_INVALID): the place, then `message`.
  [[noreturn]] void fail(const std::string& message) const {
    throw invalid(node_ == nullptr ? message : place() + ": " + message);
  }

 private:
  Config(const lmos_host_config* table, const lmos_config* node) : table_(table), node_(node) {}

  template <class Value>
  Value get(lmos_status (*lmos_host_config::*getter)(const lmos_config*, Value*)) const {
    if (node_ == nullptr) throw invalid("a configuration value is missing");
    Value value = {};
    check((table_->*getter)(node_, &value));
    return value;
  }

  const lmos_host_config* table_ = nullptr;
  const lmos_config* node_ = nullptr;
};

// Puts members into the map that the host began. Every call throws when the host refuses.
class ConfigWriter {
 public:
  explicit ConfigWriter(lmos_config_writer* writer) : writer_(writer) {}

  // In a list, `key` is empty.
  void put_null(std::string_view key) { check(writer_->put_null(writer_, borrow(key))); }
  void put_bool(std::string_view key, bool value) {
    check(writer_->put_bool(writer_, borrow(key), value ? 1 : 0));
  }
  void put_int(std::string_view key, int64_t value) {
    check(writer_->put_int(writer_, borrow(key), value));
  }
  void put_float(std::string_view key, double value) {
    check(writer_->put_float(writer_, borrow(key), value));
  }
  void put_string(std::string_view key, std::string_view value) {
    check(writer_->put_string(writer_, borrow(key), borrow(value)));
  }
  void begin_map(std::string_view key) { check(writer_->begin_map(writer_, borrow(key))); }
  void begin_list(std::string_view key) { check(writer_->begin_list(writer_, borrow(key))); }
  void end() { check(writer_->end(writer_)); }

 private:
  lmos_config_writer* writer_;
};

}  // namespace lmos::sdk
