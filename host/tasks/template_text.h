// Text made from the fields of a record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "components/record.h"

namespace lmos::tasks {

// `{NAME}` stands for the text of that field, `{{` and `}}` for braces.
class TextTemplate {
 public:
  // Error(kConfiguration) that shows the text for a brace without its other.
  explicit TextTemplate(const std::string& text);

  // None if a field is absent or empty.
  std::optional<std::string> fill(const components::Record& record) const;

 private:
  struct Part {
    bool is_field;
    std::string text;  // or the field's name
  };
  std::vector<Part> parts_;
};

// The first template that the record can fill. Error(kInput) with the record's place if there is
// none; `what` says what they are for.
std::string fill_first(const std::vector<TextTemplate>& templates, const components::Record& record,
                       const std::string& what);

}  // namespace lmos::tasks
