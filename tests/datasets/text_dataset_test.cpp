// Documents that the `text` plugin reads from files.
#include "datasets/dataset_test.h"

namespace lmos::tests {
namespace {

using Documents = std::vector<std::string>;

class TextDataset : public DatasetTest {
 protected:
  TextDataset() : DatasetTest("text") {}

  static Documents read(components::Dataset& dataset) {
    Documents documents;
    for (std::string document; dataset.next(document);) documents.push_back(document);
    return documents;
  }
  void drain(components::Dataset& dataset) override { read(dataset); }
  Documents read(const std::string& yaml, const std::string& split = "train") {
    return read(*open(yaml, split));
  }
};

TEST_F(TextDataset, GivesEachFileAsADocumentInOrder) {
  write("b.txt", "second\n");
  write("a.txt", "  first\n\n");
  write("c.md", "other");
  EXPECT_EQ(read("{path: $/*.txt}"), (Documents{"  first\n\n", "second\n"}));
  EXPECT_EQ(read("{path: [$/c.md, '$/[ab].txt']}"),
            (Documents{"other", "  first\n\n", "second\n"}));
}

TEST_F(TextDataset, ReadsTheSameAgainAfterRewind) {
  write("a.txt", "one|two");
  const auto dataset = open("{path: $/a.txt, separator: '|'}");
  const Documents first = read(*dataset);
  dataset->rewind();
  EXPECT_EQ(read(*dataset), first);
  EXPECT_EQ(first, (Documents{"one", "two"}));
}

TEST_F(TextDataset, SplitsAtTheSeparatorWithoutTheLineBreaksAroundIt) {
  write("a.txt", "one\r\n<|end|>\ntwo\n\nstill two\n<|end|><|end|>\n\n<|end|>three\n");
  EXPECT_EQ(read("{path: $/a.txt, separator: '<|end|>'}"),
            (Documents{"one", "two\n\nstill two", "three"}));
  write("b.txt", "one\nline\n\n\n\ntwo\n\nthree\n");
  EXPECT_EQ(read("{path: $/b.txt, separator: \"\\n\\n\"}"),
            (Documents{"one\nline", "two", "three"}));
}

TEST_F(TextDataset, FindsSeparatorsAcrossReads) {
  const std::string filler((1 << 20) - 3, 'x');
  write("a.txt", filler + "<|end|>" + filler + "<|end|>z");
  EXPECT_EQ(read("{path: $/a.txt, separator: '<|end|>'}"), (Documents{filler, filler, "z"}));
}

TEST_F(TextDataset, DropsAByteOrderMark) {
  write("a.txt", "\xEF\xBB\xBFtext");
  EXPECT_EQ(read("{path: $/a.txt}"), (Documents{"text"}));
}

TEST_F(TextDataset, ReadsTheMemberOfEachJsonLine) {
  write("a.jsonl", "{\"text\": \"one\\n\\u00e9\", \"id\": 1}\r\n\n{\"id\": 2, \"text\": \"two\"}");
  EXPECT_EQ(read("{path: $/a.jsonl}"), (Documents{"one\n\xC3\xA9", "two"}));
  write("b.jsonl", "{\"body\": \"three\"}\n");
  EXPECT_EQ(read("{path: [$/b.jsonl], json_field: body}"), (Documents{"three"}));
}

TEST_F(TextDataset, NamesTheLineOfBadJson) {
  write("a.jsonl", "{\"text\": \"one\"}\n\n{\"text\": }\n");
  expect_error("a.jsonl`:3: this line is no JSON", "{path: $/a.jsonl}");
  write("b.jsonl", "[1]\n");
  expect_error("b.jsonl`:1: this line is no JSON object", "{path: $/b.jsonl}");
  write("c.jsonl", "{\"body\": \"x\"}\n");
  expect_error("has no member `text`; set `json_field`", "{path: $/c.jsonl}");
  write("d.jsonl", "{\"text\": 7}\n");
  expect_error("the member `text` is no string", "{path: $/d.jsonl}");
  write("e.jsonl", std::string(100000, '[') + "\n");
  expect_error("e.jsonl`:1: this line is no JSON", "{path: $/e.jsonl}");
}

TEST_F(TextDataset, NamesTheByteThatIsNoUtf8OrReplacesIt) {
  write("a.txt", "one|caf\xE9|two");
  expect_error("a.txt`: byte 7 (0xe9) is no UTF-8", "{path: $/a.txt, separator: '|'}");
  EXPECT_EQ(read("{path: $/a.txt, separator: '|', invalid: replace}"),
            (Documents{"one", "caf\xEF\xBF\xBD", "two"}));
}

TEST_F(TextDataset, CutsAFileBetweenCharacters) {
  // 20 bytes; half of them lie inside the fifth "é" and later.
  write("a.txt", "a\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9z");
  const std::string yaml = "{path: $/a.txt, validation_fraction: 0.5}";
  const Documents train = read(yaml), validation = read(yaml, "validation");
  EXPECT_EQ(train, (Documents{"a\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"}));
  EXPECT_EQ(validation, (Documents{"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9z"}));
}

TEST_F(TextDataset, CutsBetweenDocumentsWhereThereAreSome) {
  write("a.txt", "aaaa|bbbb|cccc|dddd");
  write("b.txt", "eeee|ffff");
  // 28 bytes, cut at byte 14: `cccc` begins at 10, `dddd` at 15.
  const std::string yaml = "{path: '$/?.txt', separator: '|', validation_fraction: 0.5}";
  EXPECT_EQ(read(yaml), (Documents{"aaaa", "bbbb", "cccc"}));
  EXPECT_EQ(read(yaml, "validation"), (Documents{"dddd", "eeee", "ffff"}));
}

TEST_F(TextDataset, SplitsAllOfTheTextForAnyFraction) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "document " + std::to_string(i) + "\n\n";
  write("a.txt", text);
  const Documents all = read("{path: $/a.txt, separator: \"\\n\\n\"}");
  for (const char* fraction : {"0.01", "0.1", "0.333", "0.9"}) {
    const std::string yaml =
        "{path: $/a.txt, separator: \"\\n\\n\", validation_fraction: " + std::string(fraction) +
        "}";
    Documents joined = read(yaml);
    for (const std::string& document : read(yaml, "validation")) joined.push_back(document);
    EXPECT_EQ(joined, all) << fraction;
  }
}

TEST_F(TextDataset, SaysThatASplitWouldBeEmpty) {
  write("a.txt", "short|" + std::string(100, 'x'));
  expect_error("no document begins after the cut at byte 53",
               "{path: $/a.txt, separator: '|', validation_fraction: 0.5}", "validation");
  write("empty.txt", "");
  expect_error("there is no text", "{path: $/empty.txt}");
}

TEST_F(TextDataset, HasAValidationSplitOnlyWhereOneIsGiven) {
  write("a.txt", "train");
  write("v.txt", "held out");
  EXPECT_EQ(open("{path: $/a.txt}", "validation"), nullptr);
  EXPECT_EQ(open("{path: $/a.txt}", "test"), nullptr);
  EXPECT_EQ(read("{path: $/a.txt, validation: $/v.txt}", "validation"), (Documents{"held out"}));
  EXPECT_EQ(read("{path: $/a.txt, validation: $/v.txt}"), (Documents{"train"}));
  expect_error("keep one", "{path: $/a.txt, validation: $/v.txt, validation_fraction: 0.1}");
}

TEST_F(TextDataset, NamesAPathThatIsNoReadableFile) {
  expect_error("nothing.txt` can't be read: No such file", "{path: $/nothing.txt}");
  expect_error("no file matches", "{path: '$/*.none'}");
  expect_error("is a folder; name its files", "{path: $}");
  expect_error("the list is empty", "{path: []}");
}

TEST_F(TextDataset, RefusesADocumentThatIsTooLarge) {
  const std::string file = write("a.txt", "x");
  fs::resize_file(file, (64 << 20) + 1);
  expect_error("what begins at byte 0 is longer than 64 MB; set `separator`", "{path: $/a.txt}");
}

TEST_F(TextDataset, FingerprintChangesWithTheFilesAndTheOptions) {
  const std::string file = write("a.txt", "one|two");
  const auto fingerprint = [&](const std::string& more, const std::string& split = "train") {
    return open("{path: $/a.txt" + more + "}", split)->fingerprint();
  };
  const std::string plain = fingerprint("");
  EXPECT_EQ(fingerprint(""), plain);
  EXPECT_NE(fingerprint(", separator: '|'"), plain);
  EXPECT_NE(fingerprint(", invalid: replace"), plain);
  const std::string half = ", validation_fraction: 0.5";
  EXPECT_NE(fingerprint(half), fingerprint(half, "validation"));
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
  EXPECT_NE(fingerprint(""), plain);
}

TEST_F(TextDataset, CountsTheBytesOfItsSplit) {
  write("a.txt", std::string(100, 'x'));
  const std::string yaml = "{path: $/a.txt, validation_fraction: 0.25}";
  EXPECT_EQ(open(yaml)->total_bytes(), 75u);
  EXPECT_EQ(open(yaml, "validation")->total_bytes(), 25u);
}

}  // namespace
}  // namespace lmos::tests
