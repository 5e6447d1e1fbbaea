#include "cpu/testing/pool.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace lmos::cpu::testing {

struct Pool::State {
  struct Region {
    RangeBody body;
    void* context;
    int64_t count, pieces;
  };
  int32_t threads;
  Region region{};
  std::atomic<uint32_t> started{0};
  std::atomic<int32_t> running{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> workers;

  void run_piece(int64_t piece) const {
    if (piece >= region.pieces) return;
    region.body(region.context, region.count * piece / region.pieces,
                region.count * (piece + 1) / region.pieces, static_cast<int32_t>(piece));
  }

  void work(int32_t piece) {
    for (uint32_t seen = 0;;) {
      for (int spins = 0; started.load() == seen && spins < 20000; ++spins) {
        if (spins % 1000 == 999) std::this_thread::yield();
      }
      started.wait(seen);
      ++seen;
      if (stop) return;
      run_piece(piece);
      running.fetch_sub(1);
    }
  }

  static void for_range(void* context, int64_t count, int64_t grain, RangeBody body,
                        void* body_context) {
    State& state = *static_cast<State*>(context);
    const int64_t pieces = std::clamp<int64_t>(count / grain, 1, state.threads);
    state.region = {body, body_context, count, pieces};
    state.running = state.threads - 1;
    state.started.fetch_add(1);
    state.started.notify_all();
    state.run_piece(0);
    while (state.running.load() > 0) std::this_thread::yield();
  }
};

Pool::Pool(int32_t threads) : state_(std::make_unique<State>()) {
  state_->threads = threads;
  for (int32_t piece = 1; piece < threads; ++piece) {
    state_->workers.emplace_back([state = state_.get(), piece] { state->work(piece); });
  }
}

Pool::~Pool() {
  state_->stop = true;
  state_->started.fetch_add(1);
  state_->started.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

Parallel Pool::parallel() const { return {state_.get(), state_->threads, State::for_range}; }

}  // namespace lmos::cpu::testing
