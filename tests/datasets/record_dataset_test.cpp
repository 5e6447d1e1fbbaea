// Records that the `records` plugin reads from files.
#include "datasets/dataset_test.h"

namespace lmos::tests {
namespace {

using components::Record;
using Rows = std::vector<std::string>;

class RecordDataset : public DatasetTest {
 protected:
  RecordDataset() : DatasetTest("records") {}

  void drain(components::Dataset& dataset) override {
    for (Record record; dataset.next_record(record);) {
    }
  }
  std::vector<Record> read(const std::string& yaml, const std::string& split = "train") {
    const auto dataset = open(yaml, split);
    std::vector<Record> records;
    for (Record record; dataset->next_record(record);) records.push_back(record);
    return records;
  }
  // "name=value name=value" of each record.
  Rows rows(const std::string& yaml, const std::string& split = "train") {
    Rows rows;
    for (const Record& record : read(yaml, split)) {
      std::string row;
      for (const ConfigMember& member : record.fields().members())
        row += (row.empty() ? "" : " ") + member.key + "=" + record.text(member.key);
      rows.push_back(row);
    }
    return rows;
  }
};

TEST_F(RecordDataset, TakesTheNamesOfTabbedColumnsFromTheFirstLine) {
  write("a.tsv", "\xEF\xBB\xBFsentence\tlabel\r\nit's \"fine\"\t1\r\n\n  spaces stay \t0");
  EXPECT_EQ(rows("{path: $/a.tsv}"),
            (Rows{"sentence=it's \"fine\" label=1", "sentence=  spaces stay  label=0"}));
}

TEST_F(RecordDataset, NamesColumnsAndDropsSome) {
  write("a.tsv", "gj04\t1\t\tgood\ngj04\t0\t*\tbad\n");
  EXPECT_EQ(rows("{path: $/a.tsv, columns: [_, label, _, sentence]}"),
            (Rows{"label=1 sentence=good", "label=0 sentence=bad"}));
}

TEST_F(RecordDataset, ReadsQuotedFieldsOverSeveralLines) {
  write("a.csv", "a,b\r\n\"x, \"\"y\"\"\",2\r\n\"two\r\nlines\",\"\"\r\nplain \"q\",\n");
  EXPECT_EQ(rows("{path: $/a.csv}"),
            (Rows{"a=x, \"y\" b=2", "a=two\r\nlines b=", "a=plain \"q\" b="}));
}

TEST_F(RecordDataset, SaysWhichLineARecordBeginsAt) {
  const std::string path = write("a.csv", "a,b\n\"1\n1\",2\n3,4\n");
  const auto records = read("{path: $/a.csv}");
  EXPECT_EQ(records[0].place(), "`" + path + "`:2");
  EXPECT_EQ(records[1].place(), "`" + path + "`:4");
}

TEST_F(RecordDataset, KeepsTheTypesOfJson) {
  write("a.jsonl",
        "{\"s\": \"one\", \"i\": 7, \"f\": 0.5, \"b\": true, \"n\": null}\n\n{\"i\": 8}");
  const auto records = read("{path: $/a.jsonl}");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].text("s"), "one");
  EXPECT_EQ(records[0].integer("i"), 7);
  EXPECT_EQ(records[0].number("f"), 0.5);
  EXPECT_EQ(records[0].find("n"), nullptr);
  EXPECT_TRUE(records[0].find("b")->as_bool());
  EXPECT_EQ(records[1].integer("i"), 8);
}

TEST_F(RecordDataset, ReadsAnArrayOfObjects) {
  const std::string path = write(
      "a.json", "[{\"instruction\": \"Say A.\", \"output\": \"A\"},\n {\"output\": \"B\"}]\n");
  EXPECT_EQ(rows("{path: $/a.json}"), (Rows{"instruction=Say A. output=A", "output=B"}));
  EXPECT_EQ(read("{path: $/a.json}")[1].place(), "`" + path + "`: [1]");
}

TEST_F(RecordDataset, FindsRecordsInsideADocument) {
  const std::string path = write("squad.json", R"({"version": "1.1", "data": [
    {"title": "T", "paragraphs": [
      {"context": "C1", "qas": [{"id": 1, "question": "Q1"}, {"id": 2, "question": "Q2"}]},
      {"context": "C2", "qas": []}]},
    {"title": "U", "paragraphs": [{"context": "C3", "qas": [{"id": 3, "title": "inner"}]}]}]})");
  const std::string yaml = "{path: $/squad.json, each: data.paragraphs.qas}";
  EXPECT_EQ(rows(yaml), (Rows{"version=1.1 title=T context=C1 id=1 question=Q1",
                              "version=1.1 title=T context=C1 id=2 question=Q2",
                              "version=1.1 title=inner context=C3 id=3"}));
  EXPECT_EQ(read(yaml)[2].place(), "`" + path + "`: data[1].paragraphs[0].qas[0]");
}

TEST_F(RecordDataset, NamesThePlaceOfWhatIsNoRecord) {
  struct Case {
    const char *file, *bytes, *options, *message;
  };
  const Case cases[] = {
      {"a.tsv", "a\tb\n1\t2\n1\n", "", "a.tsv`:3: this row has 1 fields, not 2"},
      {"b.tsv", "", "", "b.tsv`:0: there is no line that names the columns"},
      {"c.tsv", "a\ta\n", "", "c.tsv`:1: two columns are named `a`"},
      {"d.csv", "a,b\n1,\"x\"y\n", "", "d.csv`:2: text follows the closing quote of field 2"},
      {"e.csv", "a,b\n1,2\n\"x,2\n\n", "", "e.csv`:3: a quoted field is not closed before the end"},
      {"f.tsv", "a\n\xE9\n", "", "byte 2 (0xe9) is no UTF-8"},
      {"g.jsonl", "{}\n[1]\n", "", "g.jsonl`:2: this line is no JSON object"},
      {"h.jsonl", "{\"a\": }\n", "", "h.jsonl`:1: this is no JSON"},
      {"i.json", "[\n{},\n{]\n", "", "i.json`:3: this is no JSON"},
      {"j.json", "{\"data\": []}", "", "the document is no array; set `each`"},
      {"k.json", "{\"data\": [{}, 3]}", ", each: data", "k.json`: data[1]: this is no JSON object"},
      {"l.json", "{\"dat\": []}", ", each: data.qas", "there is no member `data`"},
      {"m.json", "[]", "", "m.json`: there is no record"},
      {"n.txt", "x", "", "its name ends in none of .tsv"},
      {"o.json", "[[]", "", "o.json`:1: this is no JSON: incomplete"},
      {"p.tsv", "text\tn\n", "", "p.tsv`: there is no record"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.file);
    write(c.file, c.bytes);
    expect_error(c.message, "{path: $/" + std::string(c.file) + c.options + "}");
  }
  write("deep.json", std::string(100000, '['));
  expect_error("deep.json`:1: this is no JSON", "{path: $/deep.json}");
}

TEST_F(RecordDataset, SkipsWhatIsNoRecordWhenToldTo) {
  write("a.csv", "a,b\n1,2\n3\n4,\"5\"6\n7,8\n");
  EXPECT_EQ(rows("{path: $/a.csv, invalid: skip}"), (Rows{"a=1 b=2", "a=7 b=8"}));
  write("a.jsonl", "{\"a\": 1}\nnothing\n{\"a\": 2}\n");
  EXPECT_EQ(rows("{path: $/a.jsonl, invalid: skip}"), (Rows{"a=1", "a=2"}));
}

TEST_F(RecordDataset, CutsOffTheLastRecordsForValidation) {
  write("a.jsonl", "{\"i\": 0}\n{\"i\": 1}\n");
  write("b.jsonl", "{\"i\": 2}\n{\"i\": 3}\n{\"i\": 4}\n");
  const std::string yaml = "{path: '$/?.jsonl', validation_fraction: 0.4}";
  EXPECT_EQ(rows(yaml), (Rows{"i=0", "i=1", "i=2"}));
  EXPECT_EQ(rows(yaml, "validation"), (Rows{"i=3", "i=4"}));
  EXPECT_NE(open(yaml)->fingerprint(), open(yaml, "validation")->fingerprint());
  EXPECT_EQ(open("{path: $/a.jsonl}", "validation"), nullptr);
  write("one.jsonl", "{}");
  expect_error("1 records are too few", "{path: $/one.jsonl, validation_fraction: 0.5}");
}

TEST_F(RecordDataset, GivesTheTextFieldAsADocument) {
  write("a.csv", "id,body\n1,\"one\nline\"\n2,two\n");
  const auto dataset = open("{path: $/a.csv, text: body}");
  Rows documents;
  for (std::string document; dataset->next(document);) documents.push_back(document);
  EXPECT_EQ(documents, (Rows{"one\nline", "two"}));
  dataset->rewind();
  Record record;
  ASSERT_TRUE(dataset->next_record(record));
  EXPECT_EQ(record.text("id"), "1");
  std::string document;
  EXPECT_THROW(open("{path: $/a.csv}")->next(document), Error);
}

TEST_F(RecordDataset, ChecksWhatARecordIsAskedFor) {
  write("a.tsv", "label\tscore\ttext\n 1\t0.5x\tx\n");
  const Record record = read("{path: $/a.tsv}").at(0);
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message([&] {
              record.text("sentence");
            }).find(":2: there is no field `sentence` (the record has: label, score, text)"),
            std::string::npos);
  EXPECT_NE(message([&] { record.integer("label"); }).find("not an integer"), std::string::npos);
  EXPECT_NE(message([&] { record.number("score"); }).find("not a number"), std::string::npos);
}

}  // namespace
}  // namespace lmos::tests
