// Builds a configuration tree from the events of yaml-cpp's parser. Included by the YAML reader
// only.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/yaml_text.h"
#include "yaml-cpp/eventhandler.h"

namespace lmos {

// Working on events, and not on yaml-cpp's own nodes, gives every key its place and lets the limits
// hold before memory is spent.
class YamlEvents : public YAML::EventHandler {
 public:
  // `text` outlives this.
  explicit YamlEvents(const YamlText& text) : text_(text) {}

  // The document's tree, once parsing is over.
  ConfigTree result() const { return result_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A list or section whose end has not come yet.
  struct Open {
    bool is_section = false;
    Place place;
    YAML::anchor_t anchor = 0;
    std::vector<ConfigTree> items;
    std::vector<ConfigMember> members;
    std::unordered_map<std::string, int> key_lines;  // line of each key so far
    bool has_key = false;                            // `key` waits for its value
    std::string key;
    Place key_place;
  };

  Place place(const YAML::Mark& mark) const;
  [[noreturn]] void fail(const Place& place, const std::string& what) const;
  bool expects_key() const {
    return !open_.empty() && open_.back().is_section && !open_.back().has_key;
  }
  void count(size_t nodes, const Place& place);  // fails past the limit, also for aliases
  void begin(bool is_section, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor);
  void take_key(const std::string& key, const Place& place);
  void finish(ConfigTree tree, YAML::anchor_t anchor);
  ConfigTree typed_scalar(const std::string& tag, const std::string& value,
                          const Place& place) const;

  const YamlText& text_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, ConfigTree> anchors_;  // finished ones
  size_t nodes_ = 0;                              // in the document so far, aliases expanded
  int documents_ = 0;
  ConfigTree result_;
};

}  // namespace lmos
