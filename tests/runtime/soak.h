// Hours of use in short: sessions and streams of one plan come, run, are cancelled and go, and
// every answer is checked.
//     Soak soak(plan, inputs);
//     soak.expect_right_answers(100'000);
#pragma once
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "base/error.h"
#include "base/memory.h"
#include "runtime/session.h"
#include "runtime/stream.h"

namespace nnstretch::testing {

inline bool soaks_fully() { return std::getenv("NNSTRETCH_FULL") != nullptr; }

class Soak {
 public:
  using Bytes = std::vector<std::byte>;

  // Answers are right if they are those of the sequential order. Networks of one input and output.
  Soak(std::shared_ptr<const runtime::CompiledPlan> plan, std::vector<Bytes> inputs)
      : plan_(std::move(plan)), inputs_(std::move(inputs)) {
    runtime::Session sequential(plan_, runtime::Order::sequential);
    for (const Bytes& input : inputs_) {
      answers_.emplace_back(sequential.output().size());
      sequential.run(input, answers_.back());
    }
  }

  const std::vector<Bytes>& answers() const { return answers_; }

  // So many inferences of all users together. The first half shows what memory it takes; in the
  // second no more may be taken.
  void expect_right_answers(int inferences) {
    const uint32_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    run_users(inferences / 2, seed);
    const int64_t before = memory_in_use();
    run_users(inferences, seed + 100);
    EXPECT_EQ(wrong_, 0);
    EXPECT_GE(done_, inferences);
    EXPECT_GT(cancelled_, 0);
    const int64_t grown = memory_in_use() - before;
    ::testing::Test::RecordProperty("cancelled", cancelled_);
    ::testing::Test::RecordProperty("grown_bytes", std::to_string(grown));
#ifndef __SANITIZE_THREAD__  // keeps a history of every thread
    if (soaks_fully()) {
      EXPECT_LT(grown, 4 << 20);
    }
#endif
  }

 private:
  // Without what was given back and is kept for later.
  static int64_t memory_in_use() {
    ::malloc_trim(0);
    return resident_bytes();
  }

  void run_users(int target, uint32_t seed) {
    target_ = target;
    std::vector<std::thread> threads;
    for (uint32_t user = 0; user < sessions_.size(); ++user)
      threads.emplace_back([this, user, seed] { use_sessions(user, seed + user); });
    threads.emplace_back([this, seed] { use_streams(seed + 10); });
    threads.emplace_back([this, seed] { cancel_some(seed + 11); });
    for (std::thread& thread : threads) thread.join();
  }

  // Sessions of some hundred inferences each.
  void use_sessions(size_t user, uint32_t seed) {
    std::mt19937 random(seed);
    while (done_ < target_) {
      runtime::Session session(plan_);
      set_session(user, &session);
      Bytes output(session.output().size());
      for (size_t runs = 1 + random() % 500; runs > 0 && done_ < target_; --runs) {
        const size_t which = random() % inputs_.size();
        try {
          session.run(inputs_[which], output);
          wrong_ += output != answers_[which];
        } catch (const Cancelled&) {
          ++cancelled_;
        }
        ++done_;
      }
      set_session(user, nullptr);
    }
  }

  void use_streams(uint32_t seed) {
    std::mt19937 random(seed);
    while (done_ < target_) {
      std::vector<size_t> asked;
      runtime::Stream stream(plan_, 1 + random() % 5, [&](const runtime::Answer& answer) {
        const Bytes& expected = answers_[asked.at(answer.number())];
        wrong_ += !std::equal(expected.begin(), expected.end(), answer.output().begin());
        ++done_;
      });
      for (size_t requests = random() % 500; requests > 0 && done_ < target_; --requests) {
        asked.push_back(random() % inputs_.size());
        stream.submit(inputs_[asked.back()]);
      }
      if (random() % 2) stream.wait_all();  // or it ends with requests in flight
    }
  }

  // Every few inferences, some session.
  void cancel_some(uint32_t seed) {
    std::mt19937 random(seed);
    while (done_ < target_) {
      {
        const std::lock_guard lock(mutex_);
        if (runtime::Session* session = sessions_[random() % sessions_.size()]) session->cancel();
      }
      const int next = done_ + 1 + static_cast<int>(random() % 40);
      while (done_ < next && done_ < target_) std::this_thread::yield();
    }
  }

  void set_session(size_t user, runtime::Session* session) {
    const std::lock_guard lock(mutex_);
    sessions_[user] = session;
  }

  std::shared_ptr<const runtime::CompiledPlan> plan_;
  std::vector<Bytes> inputs_, answers_;
  int target_ = 0;
  std::atomic<int> done_ = 0, wrong_ = 0, cancelled_ = 0;
  // Sessions as the canceller reaches them; a user takes his away before it ends.
  std::mutex mutex_;
  std::vector<runtime::Session*> sessions_ = std::vector<runtime::Session*>(4, nullptr);
};

}  // namespace nnstretch::testing
