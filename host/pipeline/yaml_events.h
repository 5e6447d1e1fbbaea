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
  // What a part of the document comes to once its aliases are expanded.
  struct Cost {
    size_t values = 0;
    size_t text_bytes = 0;  // of strings and keys
  };

  // A finished node that aliases may name.
  struct Anchor {
    ConfigTree tree;
    Cost cost;
  };

  // A list or section whose end has not come yet.
  struct Open {
    bool is_section = false;
    Place place;
    YAML::anchor_t anchor = 0;
    Cost cost_before;  // of the document, up to here
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
  void spend(Cost cost, const Place& place);  // fails past the limits
  void begin(bool is_section, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor);
  void take_key(const std::string& key, const Place& place);
  // Puts a node into its parent. `cost_before`: the document's cost before the node.
  void finish(ConfigTree tree, YAML::anchor_t anchor, Cost cost_before);
  ConfigTree typed_scalar(const std::string& tag, const std::string& value,
                          const Place& place) const;

  const YamlText& text_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  Cost cost_;  // of the document so far
  int documents_ = 0;
  ConfigTree result_;
};

}  // namespace lmos
