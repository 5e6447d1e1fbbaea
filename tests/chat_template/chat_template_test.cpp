#include "chat_template/chat_template.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos::chat {
namespace {

std::string render(const std::string& text, const std::string& variables = "{}",
                   const Limits& limits = {}) {
  return ChatTemplate(text, "template").render(parse_json(variables, "variables"), limits);
}

std::string error_of(const std::string& text, const std::string& variables = "{}",
                     const Limits& limits = {}) {
  try {
    return "no error, but: " + render(text, variables, limits).substr(0, 100);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
}

// The cases were written for this test; tests/interop/chat_templates.py checks what they
// expect.
TEST(ChatTemplate, RendersAsJinjaDoes) {
  const Json file = read_json_file(LLMASOS_SOURCE_DIRECTORY "/tests/chat_template/cases.json");
  const Json& variables = file.at("variables", "cases");
  for (const Json& item : file.at("cases", "cases").as_array("cases")) {
    const std::string& text = item.at("template", "case").as_string("template");
    EXPECT_EQ(render(text, compact_json(variables)),
              item.at("expected", "case").as_string("expected"))
        << text;
  }
}

TEST(ChatTemplate, NamesThePlaceOfAnError) {
  const std::pair<const char*, const char*> cases[] = {
      {"a\n{% if x %}", "template:2: {% endif %} is missing"},
      {"\n\n{{ 1 + }}", "template:3: expected a value"},
      {"{{ 'open }}", "template:1: a text is not closed"},
      {"{% nonsense %}", "template:1: unknown tag {% nonsense %}"},
      {"\n{{ x|nofilter }}", "template:2: there is no filter `nofilter`"},
      {"{{ x is notest }}", "there is no test `notest`"},
      {"{{ missing.member }}", "`missing` is undefined"},
      {"{% for i in 5 %}{% endfor %}", "a int has no elements"},
      {"{{ 1 // 0 }}", "division by zero"},
      {"{{ 'a' + 1 }}", "cannot add a str and a int"},
      {"\n{{ raise_exception('roles must alternate') }}", "template:2: roles must alternate"},
      {"{{ [].append(1) }}", "must not change a list"},
      {"{{ nothing() }}", "there is no `nothing` to call"},
      {"{% break %}", "outside of a loop"},
      {"{% include 'x' %}", "unknown tag {% include %}"},
      {"{# open", "is not closed"},
      {"{{ 9223372036854775807 + 1 }}", "does not fit 64 bits"},
      {"{{ 99999999999999999999 }}", "does not fit 64 bits"},
      {"{% set a, b = [1] %}", "1 values for 2 names"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_NE(error_of(text).find(message), std::string::npos) << text << "\n" << error_of(text);
}

// Templates come with models: none of these may take long or much memory.
TEST(ChatTemplate, EndsWhatTakesTooMuch) {
  const std::string deep(100'000, '(');
  const char* const cases[] = {
      "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
      "{% for i in range(99999999999) %}{% endfor %}",
      "{{ 'x' * 9999999999999 }}",
      "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% "
      "endfor %}",
      "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s.replace('x', "
      "'xxxx') %}{% endfor %}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% "
      "endfor %}",
      "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor "
      "%}",
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
      "{% set ns = namespace() %}{% set ns.self = ns %}",
      "{{ 'a'|indent(999999999) }}",
      "{{ 10 ** 100 }}",
      "{{ [1]|tojson(indent=99999999) }}",
  };
  for (const char* text : cases) EXPECT_TRUE(error_of(text).starts_with("template:1: ")) << text;
  EXPECT_NE(error_of("{{ " + deep + "1" + std::string(deep.size(), ')') + " }}")
                .find("nested too deeply"),
            std::string::npos);
  std::string blocks;
  for (int i = 0; i < 10'000; ++i) blocks += "{% if 1 %}";
  EXPECT_NE(error_of(blocks).find("nested too deeply"), std::string::npos);
  EXPECT_NE(error_of("{{ x" + std::string(10'000, '.') + "}}").find("expected a name"),
            std::string::npos);
}

// What models' templates do: roles, tools, checks, and the start of the answer.
TEST(ChatTemplate, RendersAConversation) {
  const std::string text = R"({{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = "Be brief." %}
{%- endif %}
{{- "<|system|>" + system }}
{%- if tools is defined and tools %}
    {%- for tool in tools %}
        {{- "\n" + tool | tojson }}
    {%- endfor %}
{%- endif %}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Roles must alternate') }}
    {%- endif %}
    {{- '<|' + message['role'] + '|>' + message['content'] | trim + '<|end|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>' }}
{%- endif %}
)";
  const std::string variables = R"({"bos_token": "<s>", "add_generation_prompt": true,
    "messages": [{"role": "system", "content": " Answer in verse. "},
                 {"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I."},
                 {"role": "user", "content": "Why?\n"}], "tools": [{"name": "find", "strict": false}]})";
  EXPECT_EQ(render(text, variables),
            "<s><|system|>Answer in verse.\n{\"name\": \"find\", \"strict\": false}"
            "<|user|>Who?<|end|><|assistant|>I.<|end|><|user|>Why?<|end|><|assistant|>");
  EXPECT_NE(error_of(text, R"({"messages": [{"role": "assistant", "content": "x"}]})")
                .find("template:16: Roles must alternate"),
            std::string::npos);
}

}  // namespace
}  // namespace lmos::chat
