#include "runtime/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <tuple>
#include <vector>

#include "errors/error.h"

namespace lmos::runtime {
namespace {

using Piece = std::tuple<int64_t, int64_t, int32_t>;  // begin, end, thread

std::vector<Piece> partition(ThreadPool& pool, int64_t count, int64_t grain) {
  std::vector<Piece> pieces(pool.thread_count(), {-1, -1, -1});
  pool.parallel_for(count, grain, [&](int64_t begin, int64_t end, int32_t thread) {
    pieces[static_cast<size_t>(thread)] = {begin, end, thread};
  });
  std::erase(pieces, Piece{-1, -1, -1});
  return pieces;
}

TEST(ThreadPool, CoversTheRangeOnceInPiecesOfAtLeastTheGrain) {
  ThreadPool pool(4);
  for (int64_t count : {1, 2, 3, 4, 5, 7, 63, 64, 65, 1000}) {
    for (int64_t grain : {0, 1, 2, 16, 5000}) {
      int64_t end_before = 0;
      for (auto [begin, end, thread] : partition(pool, count, grain)) {
        EXPECT_EQ(begin, end_before);
        EXPECT_GE(end - begin, std::min(count, std::max<int64_t>(grain, 1)));
        end_before = end;
      }
      EXPECT_EQ(end_before, count);
    }
  }
}

TEST(ThreadPool, UsesAllThreadsWhereTheGrainAllows) {
  ThreadPool pool(4);
  EXPECT_EQ(partition(pool, 10, 1),
            (std::vector<Piece>{{0, 3, 0}, {3, 6, 1}, {6, 8, 2}, {8, 10, 3}}));
  EXPECT_EQ(partition(pool, 10, 4).size(), 2u);
}

TEST(ThreadPool, DoesNothingForAnEmptyRange) {
  ThreadPool pool(2);
  EXPECT_TRUE(partition(pool, 0, 1).empty());
  EXPECT_TRUE(partition(pool, -5, 1).empty());
}

TEST(ThreadPool, HasOneThreadAtLeastAndAsManyAsAsked) {
  EXPECT_GE(ThreadPool(0).thread_count(), 1u);
  EXPECT_EQ(ThreadPool(1).thread_count(), 1u);
  EXPECT_EQ(ThreadPool(3).thread_count(), 3u);
  EXPECT_THROW(ThreadPool(1u << 20), Error);
}

TEST(ThreadPool, SurvivesManyShortRegions) {
  ThreadPool pool(4);
  std::vector<int64_t> counts(97, 0);
  constexpr int kRegions = 20'000;
  for (int region = 0; region < kRegions; ++region) {
    pool.parallel_for(static_cast<int64_t>(counts.size()), 1 + region % 40,
                      [&](int64_t begin, int64_t end, int32_t) {
                        for (int64_t i = begin; i < end; ++i) ++counts[static_cast<size_t>(i)];
                      });
  }
  for (int64_t count : counts) EXPECT_EQ(count, kRegions);
}

TEST(ThreadPool, RunsNestedRegionsOnTheCallerWithTheSamePartition) {
  ThreadPool pool(3);
  std::vector<Piece> outside = partition(pool, 100, 1);
  std::vector<std::vector<Piece>> inside(3);
  pool.parallel_for(3, 1, [&](int64_t begin, int64_t, int32_t) {
    auto self = std::this_thread::get_id();
    pool.parallel_for(100, 1, [&](int64_t b, int64_t e, int32_t thread) {
      EXPECT_EQ(std::this_thread::get_id(), self);
      inside[static_cast<size_t>(begin)].emplace_back(b, e, thread);
    });
  });
  for (const auto& pieces : inside) EXPECT_EQ(pieces, outside);
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::atomic<int64_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int region = 0; region < 500; ++region) {
        std::vector<int64_t> sums(pool.thread_count(), 0);
        pool.parallel_for(1000, 10, [&](int64_t begin, int64_t end, int32_t thread) {
          for (int64_t i = begin; i < end; ++i) sums[static_cast<size_t>(thread)] += i;
        });
        total += std::accumulate(sums.begin(), sums.end(), int64_t{0});
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total.load(), int64_t{4} * 500 * 999 * 1000 / 2);
}

TEST(ThreadPool, WakesWorkersThatWentToSleep) {
  ThreadPool pool(2);
  for (int round = 0; round < 3; ++round) {
    // Longer than a worker spins, so that it sleeps when the region comes.
    for (int i = 0; i < 3'000'000; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
    // Each piece waits for the other: done only if a second thread takes part.
    std::atomic<int> arrived{0};
    pool.parallel_for(2, 1, [&](int64_t, int64_t, int32_t) {
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
  }
}

}  // namespace
}  // namespace lmos::runtime
