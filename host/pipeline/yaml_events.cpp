#include "pipeline/yaml_events.h"

#include <algorithm>
#include <utility>

#include "errors/error.h"
#include "pipeline/quoted_text.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_scalar.h"
#include "yaml-cpp/mark.h"

namespace lmos {
namespace {

constexpr char kCoreTag[] = "tag:yaml.org,2002:";

// yaml-cpp makes the bytes 85 and A0 of the escapes \N and \_, where UTF-8 has C2 85 and C2 A0.
std::string with_whole_escapes(const std::string& scalar) {
  std::string whole;
  for (size_t i = 0; i < scalar.size();) {
    const size_t length = utf8_length(scalar, i);
    if (length == 0) whole += '\xC2';
    whole.append(scalar, i, std::max<size_t>(length, 1));
    i += std::max<size_t>(length, 1);
  }
  return whole;
}

bool is_untagged(const std::string& tag) { return tag.empty() || tag == "?" || tag == "!"; }

}  // namespace

Place YamlEvents::place(const YAML::Mark& mark) const {
  return text_.place(mark.is_null() ? 0 : static_cast<size_t>(mark.pos));
}

void YamlEvents::fail(const Place& place, const std::string& what) const {
  throw Error(ErrorKind::kConfiguration, place.text() + ": " + what);
}

void YamlEvents::spend(Cost cost, const Place& where) {
  if (cost.values > YamlLimits::kValues - cost_.values ||
      cost.text_bytes > YamlLimits::kTextBytes - cost_.text_bytes) {
    fail(where, "more than " + std::to_string(YamlLimits::kValues) + " values or " +
                    std::to_string(YamlLimits::kTextBytes) +
                    " bytes of text, aliases expanded; this is no configuration");
  }
  cost_.values += cost.values;
  cost_.text_bytes += cost.text_bytes;
}

void YamlEvents::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ > 1) {
    fail(place(mark), "a second YAML document begins here; one file holds one document");
  }
}

void YamlEvents::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (expects_key()) fail(place(mark), "a key is missing before this");
  const Cost before = cost_;
  spend({1, 0}, place(mark));
  // The parser places an absent value at whatever comes next, maybe lines below; its key is nearer.
  const Place where = open_.empty()             ? text_.place(0)
                      : open_.back().is_section ? open_.back().key_place
                                                : place(mark);
  finish(ConfigTree::null(where), anchor, before);
}

void YamlEvents::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) fail(place(mark), "this alias stands inside its own anchor");
  if (expects_key()) fail(place(mark), "an alias cannot be a key");
  const Anchor& named = found->second;
  spend(named.cost, place(mark));
  finish(named.tree, 0, cost_);
}

void YamlEvents::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          const std::string& decoded) {
  const std::string value = with_whole_escapes(decoded);
  const Place where = place(mark);
  const Cost before = cost_;
  if (expects_key()) {
    spend({0, value.size()}, where);
    take_key(value, where);
  } else {
    spend({1, value.size()}, where);
    finish(typed_scalar(tag, value, where), anchor, before);
  }
}

void YamlEvents::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                 YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  begin(false, mark, tag, anchor);
}

void YamlEvents::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                            YAML::EmitterStyle::value) {
  begin(true, mark, tag, anchor);
}

void YamlEvents::OnSequenceEnd() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  finish(ConfigTree::list(std::move(closed.items), closed.place), closed.anchor,
         closed.cost_before);
}

void YamlEvents::OnMapEnd() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  finish(ConfigTree::section(std::move(closed.members), closed.place), closed.anchor,
         closed.cost_before);
}

void YamlEvents::begin(bool is_section, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
  const Place where = place(mark);
  if (expects_key())
    fail(where, "a list or section stands where a key is expected; is a bracket left open?");
  const Cost before = cost_;
  spend({1, 0}, where);
  if (open_.size() >= YamlLimits::kDepth) {
    fail(where, "nested more than " + std::to_string(YamlLimits::kDepth) + " levels deep");
  }
  if (!is_untagged(tag) && tag != std::string(kCoreTag) + (is_section ? "map" : "seq")) {
    fail(where, "unknown tag " + in_quotes(tag));
  }
  Open& opened = open_.emplace_back();
  opened.is_section = is_section;
  opened.place = where;
  opened.anchor = anchor;
  opened.cost_before = before;
}

void YamlEvents::take_key(const std::string& key, const Place& where) {
  constexpr size_t kLongestKey =
      128;  // bytes; YAML allows 1024 for one that is written with escapes
  if (key.size() > kLongestKey) fail(where, "the key " + in_quotes(key) + " is too long");
  Open& section = open_.back();
  const auto [first, inserted] = section.key_lines.emplace(key, where.line);
  if (!inserted) {
    fail(where, "the key " + in_quotes(key) + " is here twice, first at line " +
                    std::to_string(first->second));
  }
  section.has_key = true;
  section.key = key;
  section.key_place = where;
}

void YamlEvents::finish(ConfigTree tree, YAML::anchor_t anchor, Cost before) {
  if (anchor != 0) {
    const Cost own = {cost_.values - before.values, cost_.text_bytes - before.text_bytes};
    anchors_[anchor] = {tree, own};
  }
  if (open_.empty()) {
    result_ = std::move(tree);
    return;
  }
  Open& parent = open_.back();
  if (parent.is_section) {
    parent.members.push_back({std::move(parent.key), std::move(tree), parent.key_place});
    parent.has_key = false;
  } else {
    parent.items.push_back(std::move(tree));
  }
}

ConfigTree YamlEvents::typed_scalar(const std::string& tag, const std::string& value,
                                    const Place& where) const {
  if (tag == "!") return ConfigTree::string(value, where);  // quoted
  if (is_untagged(tag)) return scalar_from_plain(value, where);
  if (!tag.starts_with(kCoreTag)) fail(where, "unknown tag " + in_quotes(tag));
  const std::string type = tag.substr(sizeof(kCoreTag) - 1);
  if (type == "str") return ConfigTree::string(value, where);
  const ConfigTree plain = scalar_from_plain(value, where);
  if (type == "float" && (plain.kind() == ConfigKind::kInt || plain.kind() == ConfigKind::kFloat)) {
    return ConfigTree::number(plain.as_double(), where);
  }
  const bool fits = (type == "null" && plain.is_null()) ||
                    (type == "bool" && plain.kind() == ConfigKind::kBool) ||
                    (type == "int" && plain.kind() == ConfigKind::kInt);
  if (!fits) fail(where, in_quotes(value) + " does not fit the tag " + in_quotes(tag));
  return plain;
}

}  // namespace lmos
