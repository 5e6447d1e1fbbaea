#include "data/batch_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "corpus.h"

namespace lmos::data {
namespace {

struct Batch {
  std::vector<int32_t> ids, positions, segments, labels;
  bool operator==(const Batch&) const = default;

  void append(const Batch& other) {
    ids.insert(ids.end(), other.ids.begin(), other.ids.end());
    positions.insert(positions.end(), other.positions.begin(), other.positions.end());
    segments.insert(segments.end(), other.segments.begin(), other.segments.end());
    labels.insert(labels.end(), other.labels.begin(), other.labels.end());
  }
};

Batch fill(const BatchSource& source, uint64_t step, int64_t first_row, int64_t rows) {
  const auto size = static_cast<size_t>(rows * source.order().options().sequence);
  Batch batch = {std::vector<int32_t>(size, -7), std::vector<int32_t>(size, -7),
                 std::vector<int32_t>(size, -7), std::vector<int32_t>(size, -7)};
  source.fill(
      step, first_row, rows,
      {batch.ids.data(), batch.positions.data(), batch.segments.data(), batch.labels.data()});
  return batch;
}

// Ids as text: end of text as '|', an ignored label as '.'.
std::string spell(const std::vector<int32_t>& ids) {
  std::string text;
  for (int32_t id : ids)
    text += id == kIgnoredLabel ? '.' : id == kEndOfText ? '|' : static_cast<char>(id);
  return text;
}

std::string digits(const std::vector<int32_t>& values) {
  std::string text;
  for (int32_t value : values) text += std::to_string(value);
  return text;
}

struct Batches : testing::Test {
  TemporaryFolder folder;
  const std::vector<std::string> texts = {"abc", "de", "fghijk"};

  BatchSource source(bool closed, bool isolate, int64_t sequence, int64_t batch = 1) {
    return {stream_of(folder.path(), texts, closed),
            {.sampling = Sampling::kInOrder, .sequence = sequence, .batch = batch},
            isolate};
  }
};

TEST_F(Batches, LabelsAreTheNextTokens) {
  const BatchSource packed = source(true, false, 6);  // abc|de|fghijk|
  const Batch first = fill(packed, 0, 0, 1), second = fill(packed, 1, 0, 1);
  EXPECT_EQ(spell(first.ids), "abc|de");
  EXPECT_EQ(spell(first.labels), "bc|de|");
  EXPECT_EQ(spell(second.ids), "|fghij");
  EXPECT_EQ(spell(second.labels), "fghijk");
  EXPECT_EQ(digits(first.positions), "012345");
  EXPECT_EQ(digits(first.segments), "000000");
  EXPECT_EQ(packed.counted_labels(0), 6);
}

TEST_F(Batches, WithoutEndOfTextTheNextDocumentIsNotPredicted) {
  const BatchSource packed = source(false, false, 5);  // abcdefghijk
  const Batch first = fill(packed, 0, 0, 1), second = fill(packed, 1, 0, 1);
  EXPECT_EQ(spell(first.ids), "abcde");
  EXPECT_EQ(spell(first.labels), "bc.e.");
  EXPECT_EQ(spell(second.ids), "fghij");
  EXPECT_EQ(spell(second.labels), "ghijk");
  EXPECT_EQ(digits(first.positions), "01234");
  EXPECT_EQ(digits(first.segments), "00000");
  EXPECT_EQ(packed.counted_labels(0), 3);
  EXPECT_EQ(packed.counted_labels(1), 5);
}

TEST_F(Batches, IsolatedDocumentsAreSegmentsOfTheirOwn) {
  const BatchSource isolated = source(true, true, 6);  // abc|de|fghijk|
  const Batch first = fill(isolated, 0, 0, 1), second = fill(isolated, 1, 0, 1);
  EXPECT_EQ(spell(first.ids), "abc|de");
  EXPECT_EQ(spell(first.labels), "bc|.e|");
  EXPECT_EQ(digits(first.positions), "012301");
  EXPECT_EQ(digits(first.segments), "000011");
  EXPECT_EQ(spell(second.ids), "|fghij");
  EXPECT_EQ(spell(second.labels), ".ghijk");
  EXPECT_EQ(digits(second.positions), "001234");
  EXPECT_EQ(digits(second.segments), "011111");
  EXPECT_EQ(isolated.counted_labels(0), 5);
  EXPECT_EQ(isolated.counted_labels(1), 5);
}

TEST_F(Batches, CountedLabelsAreThoseThatAreNotIgnored) {
  for (bool closed : {false, true})
    for (bool isolate : {false, true})
      for (int64_t sequence : {1, 2, 3, 5}) {
        const BatchSource packed = source(closed, isolate, sequence, 2);
        for (uint64_t step = 0; step < packed.steps() + 2; ++step) {
          const Batch batch = fill(packed, step, 0, 2);
          EXPECT_EQ(packed.counted_labels(step),
                    std::count_if(batch.labels.begin(), batch.labels.end(),
                                  [](int32_t label) { return label != kIgnoredLabel; }));
        }
      }
}

TEST_F(Batches, RowsPastTheEndCountNothing) {
  const BatchSource packed = source(true, false, 5, 2);  // 13 labels: two whole rows, one batch
  ASSERT_EQ(packed.steps(), 1u);
  const Batch past = fill(packed, 1, 0, 2);
  EXPECT_EQ(spell(past.labels), "..........");
  EXPECT_EQ(past.ids, std::vector<int32_t>(10, 0));
  EXPECT_EQ(packed.counted_labels(1), 0);
  EXPECT_DOUBLE_EQ(packed.label_bytes(1), 0);
}

TEST_F(Batches, LabelBytesAddUpToTheText) {
  // All but the first token are labels: the first byte is no label's, but "abc|" counts as spread
  // over four tokens.
  const BatchSource packed = source(true, false, 13);
  EXPECT_DOUBLE_EQ(packed.label_bytes(0), 11 - 0.75);
}

TEST_F(Batches, DependOnSeedAndStepOnly) {
  std::vector<std::string> many;
  for (int i = 0; i < 300; ++i) many.push_back("text number " + std::to_string(i * i * i));
  const auto stream = stream_of(folder.path(), many, true);
  for (Sampling sampling : {Sampling::kEpochs, Sampling::kRandomWindows}) {
    const DataOrderOptions order = {.sampling = sampling, .seed = 11, .sequence = 32, .batch = 12};
    const BatchSource source(stream, order, true);
    const BatchSource restarted(stream_of(folder.path(), many, true), order, true);
    for (uint64_t step : {0, 1, 17, 40}) {
      const Batch whole = fill(source, step, 0, 12);
      // Any split into micro-batches or ranks is the same global batch.
      for (int64_t rows : {1, 2, 3, 4, 6}) {
        Batch pieces;
        for (int64_t row = 0; row < 12; row += rows)
          pieces.append(fill(restarted, step, row, rows));
        EXPECT_EQ(pieces, whole) << "step " << step << ", " << rows << " rows a piece";
      }
      EXPECT_NE(fill(source, step + 1, 0, 12), whole);
    }
  }
}

TEST_F(Batches, AnEpochShowsEveryTokenOnce) {
  std::vector<std::string> many(200, "0123456789abcdef");
  const auto stream = stream_of(folder.path(), many, false);  // 3200 tokens: 399 rows of 8
  const BatchSource source(stream, {.seed = 2, .sequence = 8, .batch = 7}, false);
  ASSERT_EQ(source.order().sequences(), 399u);
  ASSERT_EQ(source.steps(), 57u);
  std::vector<int> hits(256, 0);
  for (uint64_t step = 0; step < 57; ++step)
    for (int32_t id : fill(source, step, 0, 7).ids) ++hits[id];
  for (char letter : std::string("01234567")) EXPECT_EQ(hits[letter], 200);
  for (char letter : std::string("89abcdef")) EXPECT_EQ(hits[letter], 199);
}

}  // namespace
}  // namespace lmos::data
