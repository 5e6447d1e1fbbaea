#include "conversation/content_marks.h"

#include <algorithm>
#include <bit>

#include "errors/error.h"
#include "formats/quote.h"

namespace lmos::conversation {
namespace {

// U+FDD0 to U+FDEF, for use inside of programs only, are EF B7 90 to EF B7 AF in UTF-8.
constexpr std::string_view kMarkBegin = "\xEF\xB7";
constexpr unsigned char kFirstMark = 0x90;
constexpr int kMarks = 32;

size_t first_character_size(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return size;
}

}  // namespace

ContentMarks::ContentMarks(const SpecialTexts& special, const Json& variables) : special_(special) {
  look_at(variables);
  const int free = std::countr_one(taken_);
  if (free == kMarks)
    throw Error(ErrorKind::kInput,
                "the messages use all of U+FDD0 to U+FDEF, which are no characters");
  mark_ = std::string(kMarkBegin) + static_cast<char>(kFirstMark + free);
}

void ContentMarks::look_at(const Json& value) {
  const auto look_at_text = [this](std::string_view text) {
    for (size_t at = 0; (at = text.find(kMarkBegin, at)) != std::string_view::npos; at += 2) {
      const int index =
          at + 2 < text.size() ? static_cast<unsigned char>(text[at + 2]) - kFirstMark : -1;
      if (index >= 0 && index < kMarks) taken_ |= uint32_t{1} << index;
    }
  };
  if (value.is_string()) look_at_text(value.as_string(""));
  if (value.is_array())
    for (const Json& item : value.as_array("")) look_at(item);
  if (value.is_object())
    for (const JsonMember& member : value.as_object("")) {
      look_at_text(member.key);
      look_at(member.value);
    }
}

std::string ContentMarks::marked_content(std::string_view text) const { return mark(text, true); }

std::string ContentMarks::marked_text(std::string_view text) const {
  const bool name = std::ranges::all_of(
      text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  return mark(text, !name);
}

std::string ContentMarks::mark(std::string_view text, bool at_ends) const {
  std::vector<size_t> marks;
  if (at_ends && special_.may_continue(text)) marks.push_back(0);
  for (const SpecialTexts::Place& place : special_.find(text)) {
    const size_t first = first_character_size(text.substr(place.begin));
    if (place.begin + first >= place.end)
      throw Error(ErrorKind::kInput,
                  "a message holds " +
                      quote_text(text.substr(place.begin, place.end - place.begin)) +
                      ", which is a special token of this model and can't be written");
    marks.push_back(place.begin + first);
  }
  if (at_ends && special_.may_be_continued(text)) marks.push_back(text.size());
  std::string marked;
  size_t done = 0;
  for (const size_t at : marks) {
    if (at > done) marked += text.substr(done, at - done);
    done = std::max(done, at);
    marked += mark_;
  }
  return marked.append(text.substr(done));
}

Json ContentMarks::marked(const Json& value) const {
  if (value.is_string()) return marked_text(value.as_string(""));
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array("")) items.push_back(marked(item));
    return items;
  }
  if (!value.is_object()) return value;
  Json::Object members;
  for (const JsonMember& member : value.as_object(""))
    members.push_back({marked_text(member.key), marked(member.value)});
  return members;
}

std::string ContentMarks::without_marks(std::string_view text) const {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const size_t mark = std::min(text.find(mark_, at), text.size());
    plain += text.substr(at, mark - at);
    at = mark + mark_.size();
  }
  return plain;
}

std::vector<std::string> ContentMarks::pieces(std::string_view rendered) const {
  std::string plain;
  std::vector<size_t> marks;  // offsets in `plain`, ascending
  for (size_t at = 0; at < rendered.size();) {
    const size_t mark = std::min(rendered.find(mark_, at), rendered.size());
    plain += rendered.substr(at, mark - at);
    if (mark < rendered.size()) marks.push_back(plain.size());
    at = mark + mark_.size();
  }
  // Cuts elsewhere would change how ordinary text is made into tokens.
  std::vector<size_t> cuts;
  if (!marks.empty())
    for (const SpecialTexts::Place& place : special_.find(plain))
      for (auto mark = std::ranges::upper_bound(marks, place.begin);
           mark != marks.end() && *mark < place.end; ++mark)
        cuts.push_back(*mark);
  std::ranges::sort(cuts);
  std::vector<std::string> pieces;
  size_t done = 0;
  cuts.push_back(plain.size());
  for (const size_t cut : cuts) {
    if (cut > done) pieces.push_back(plain.substr(done, cut - done));
    done = std::max(done, cut);
  }
  return pieces;
}

}  // namespace lmos::conversation
