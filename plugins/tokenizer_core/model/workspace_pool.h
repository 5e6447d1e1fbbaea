// Workspaces that are kept, with what their caches hold, between calls of any threads.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tokenizer_core/model/model.h"

namespace lmos::tokenizer {

// For one model, which outlives it. Any thread. Holds as many workspaces as there ever were calls
// at one time.
class WorkspacePool {
 public:
  explicit WorkspacePool(const Model& model) : model_(model) {}

  // A workspace for the lease's life.
  class Lease {
   public:
    explicit Lease(WorkspacePool& pool) : pool_(pool), workspace_(pool.take()) {}
    ~Lease() { pool_.put(std::move(workspace_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ModelWorkspace& operator*() const { return *workspace_; }

   private:
    WorkspacePool& pool_;
    std::unique_ptr<ModelWorkspace> workspace_;
  };

 private:
  std::unique_ptr<ModelWorkspace> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<ModelWorkspace> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
      }
      idle_.reserve(++made_);  // so that put can't fail
    }
    return model_.make_workspace();
  }

  void put(std::unique_ptr<ModelWorkspace> workspace) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

  const Model& model_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ModelWorkspace>> idle_;  // guarded by mutex_
  size_t made_ = 0;                                    // guarded by mutex_
};

}  // namespace lmos::tokenizer
