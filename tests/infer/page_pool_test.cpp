#include "infer/page_pool.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace lmos::infer {
namespace {

std::vector<int32_t> text(int32_t count, int32_t start = 0) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), start);
  return ids;
}

// Holds pages for the whole pages of a text and remembers them.
std::vector<int32_t> write(PagePool& pool, const std::string& tenant,
                           const std::vector<int32_t>& ids, size_t page_tokens) {
  std::vector<int32_t> pages;
  PagePool::Prefix prefix = pool.root(tenant);
  for (size_t i = 0; i + page_tokens <= ids.size(); i += page_tokens) {
    pages.push_back(pool.take());
    prefix = pool.remember(prefix, std::span(ids).subspan(i, page_tokens), pages.back());
  }
  return pages;
}

void release(PagePool& pool, const std::vector<int32_t>& pages) {
  for (size_t i = pages.size(); i-- > 0;) pool.release(pages[i]);
}

TEST(PagePool, GivesEachPageOnceAndThenNone) {
  PagePool pool(3, 4);
  std::set<int32_t> pages;
  for (int i = 0; i < 3; ++i) pages.insert(pool.take());
  EXPECT_EQ(pages, (std::set<int32_t>{0, 1, 2}));
  EXPECT_EQ(pool.take(), -1);
  pool.release(1);
  EXPECT_EQ(pool.available(), 1);
  EXPECT_EQ(pool.take(), 1);
}

TEST(PagePool, FindsTheLongestBeginningInWholePages) {
  PagePool pool(8, 4);
  const std::vector<int32_t> pages = write(pool, "a", text(11), 4);
  ASSERT_EQ(pages.size(), 2u);
  EXPECT_EQ(pool.find("a", text(12)).pages, pages);
  EXPECT_EQ(pool.find("a", text(7)).pages, std::vector<int32_t>{pages[0]});
  std::vector<int32_t> other = text(12);
  other[5] = 99;
  EXPECT_EQ(pool.find("a", other).pages, std::vector<int32_t>{pages[0]});
  other[0] = 99;
  EXPECT_TRUE(pool.find("a", other).pages.empty());
}

TEST(PagePool, KeepsTenantsApart) {
  PagePool pool(8, 4);
  write(pool, "a", text(8), 4);
  EXPECT_TRUE(pool.find("b", text(8)).pages.empty());
  EXPECT_TRUE(pool.find("", text(8)).pages.empty());
}

TEST(PagePool, KeepsWhatIsFoundFromBeingTaken) {
  PagePool pool(2, 4);
  release(pool, write(pool, "a", text(4), 4));
  EXPECT_EQ(pool.available(), 2);
  const PagePool::Found found = pool.find("a", text(4));
  EXPECT_EQ(pool.available(), 1);
  EXPECT_NE(pool.take(), found.pages[0]);
  EXPECT_EQ(pool.take(), -1);
}

TEST(PagePool, ForgetsTheTextThatWasLeftLongestAgoAndItsEndFirst) {
  PagePool pool(4, 4);
  release(pool, write(pool, "a", text(8), 4));
  release(pool, write(pool, "a", text(8, 100), 4));
  release(pool, pool.find("a", text(8)).pages);  // used again
  const int32_t taken = pool.take();
  EXPECT_EQ(pool.find("a", text(8, 100)).pages.size(), 1u) << "its beginning stays";
  EXPECT_EQ(pool.find("a", text(8)).pages.size(), 2u);
  pool.release(taken);
}

TEST(PagePool, KeepsOneOfTwoEqualTexts) {
  PagePool pool(4, 4);
  const std::vector<int32_t> first = write(pool, "a", text(8), 4),
                             second = write(pool, "a", text(8), 4);
  EXPECT_EQ(pool.find("a", text(8)).pages, first);
  release(pool, second);
  EXPECT_EQ(pool.available(), 2) << "the second's pages are free";
}

}  // namespace
}  // namespace lmos::infer
