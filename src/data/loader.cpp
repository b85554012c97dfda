#include "data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/log.h"

namespace nnstretch::data {

// The threads of one epoch and the batches they work at: `ahead` of them in a ring. A worker takes
// a few samples at a time, so that all work at the same batch and it is ready early.
class Loader::Epoch {
 public:
  Epoch(const Loader& loader, int epoch, size_t done)
      : loader_(loader), number_(epoch), order_(loader.order(epoch)), ring_(ahead) {
    given_ = std::min(done, batches());
    taken_ = std::min(given_ * batch_size(), order_.size());
    for (int i = 0; i < loader.options_.workers; ++i)
      workers_.emplace_back([this](std::stop_token stop) { work(stop); });
  }
  ~Epoch() {
    for (std::jthread& worker : workers_) worker.request_stop();
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  // What a batch became: reasons of the samples that are not in it.
  bool next(Batch& batch, std::vector<std::string>& skipped) {
    if (given_ == batches()) return false;
    Slot& slot = ring_[given_ % ahead];
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || (taken_ >= end(given_) && slot.busy == 0); });
    if (failure_) std::rethrow_exception(failure_);
    std::swap(batch, slot.batch);
    close_gaps(batch, slot, skipped);
    ++given_;
    changed_.notify_all();
    return true;
  }

 private:
  static constexpr size_t ahead = 3;
  static constexpr size_t chunk = 8;
  struct Slot {
    Batch batch;
    std::vector<std::string> damage;  // by position, empty if all is well
    size_t busy = 0;                  // workers that write into it
  };
  struct Work {
    size_t batch, from, to;  // positions in the order
  };

  size_t batch_size() const { return loader_.options_.batch_size; }
  size_t batches() const { return loader_.count(); }
  size_t end(size_t batch) const { return std::min((batch + 1) * batch_size(), order_.size()); }

  bool may_take() const {
    return !failure_ && taken_ < order_.size() && taken_ / batch_size() < given_ + ahead;
  }
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stop.stop_requested() || failure_ || may_take(); });
      if (stop.stop_requested() || !may_take()) return;
      const Work work = take();
      lock.unlock();
      std::exception_ptr failure;
      try {
        prepare(work);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure && !failure_) failure_ = failure;
      Slot& slot = ring_[work.batch % ahead];
      if (--slot.busy == 0 || failure_) changed_.notify_all();
    }
  }
  // With the mutex held.
  Work take() {
    const size_t batch = taken_ / batch_size();
    const Work work{batch, taken_, std::min(taken_ + chunk, end(batch))};
    Slot& slot = ring_[batch % ahead];
    if (taken_ == batch * batch_size()) clear(slot, end(batch) - taken_);
    taken_ = work.to;
    ++slot.busy;
    return work;
  }
  void clear(Slot& slot, size_t size) const {
    slot.batch.images.resize(size * loader_.transform_.count());
    slot.batch.labels.assign(size, 0);
    slot.batch.height = loader_.height();
    slot.batch.width = loader_.width();
    slot.damage.assign(size, {});
  }
  // Without the mutex: no other worker has these positions.
  void prepare(const Work& work) {
    Slot& slot = ring_[work.batch % ahead];
    const size_t count = loader_.transform_.count();
    for (size_t at = work.from; at < work.to; ++at) {
      const size_t index = order_[at], place = at - work.batch * batch_size();
      KeyedRandom random{loader_.options_.seed, static_cast<uint64_t>(number_), index};
      try {
        const Sample sample = loader_.dataset_.read(index);
        slot.batch.labels[place] = sample.label;
        loader_.transform_.apply(sample, random,
                                 std::span(slot.batch.images).subspan(place * count, count));
      } catch (const FormatError& error) {
        slot.damage[place] = error.what();
      }
    }
  }
  void close_gaps(Batch& batch, Slot& slot, std::vector<std::string>& skipped) const {
    const size_t count = loader_.transform_.count();
    size_t kept = 0;
    for (size_t i = 0; i < slot.damage.size(); ++i) {
      if (!slot.damage[i].empty()) {
        skipped.push_back(std::move(slot.damage[i]));
        continue;
      }
      if (kept != i) {
        batch.labels[kept] = batch.labels[i];
        std::copy_n(&batch.images[i * count], count, &batch.images[kept * count]);
      }
      ++kept;
    }
    batch.labels.resize(kept);
    batch.images.resize(kept * count);
  }

  const Loader& loader_;
  const int number_;
  const std::vector<size_t> order_;  // of this rank, cut to what is given
  std::mutex mutex_;                 // of all below
  std::condition_variable changed_;
  std::vector<Slot> ring_;
  size_t taken_ = 0;  // positions of the order
  size_t given_ = 0;  // batches
  std::exception_ptr failure_;
  std::vector<std::jthread> workers_;  // last: joined before the rest goes
};

Loader::Loader(const Dataset& dataset, Transform transform, LoaderOptions options)
    : dataset_(dataset), transform_(std::move(transform)), options_(options) {
  if (options.batch_size < 1 || options.workers < 1 || options.world < 1 || options.rank < 0 ||
      options.rank >= options.world)
    throw UsageError(
        {.what = fmt::format("cannot load batches of {} with {} workers as rank {} of {}",
                             options.batch_size, options.workers, options.rank, options.world),
         .where = {},
         .fix = "all but the rank must be positive, the rank below their number"});
}
Loader::~Loader() = default;

size_t Loader::samples() const {
  const auto world = static_cast<size_t>(options_.world), rank = static_cast<size_t>(options_.rank);
  if (!options_.drop_last) return (dataset_.size() + world - 1 - rank) / world;
  return dataset_.size() / world / options_.batch_size * options_.batch_size;
}

size_t Loader::count() const { return (samples() + options_.batch_size - 1) / options_.batch_size; }

std::vector<size_t> Loader::order(int epoch) const {
  constexpr uint64_t for_order = UINT64_MAX;  // in the place of a sample's number
  KeyedRandom random{options_.seed, static_cast<uint64_t>(epoch), for_order};
  std::vector<size_t> all;
  if (options_.shuffle) all = shuffled(dataset_.size(), random);
  std::vector<size_t> mine(samples());
  for (size_t i = 0; i < mine.size(); ++i) {
    const size_t at = i * static_cast<size_t>(options_.world) + static_cast<size_t>(options_.rank);
    mine[i] = options_.shuffle ? all[at] : at;
  }
  return mine;
}

void Loader::start_epoch(int epoch, size_t done) {
  epoch_.reset();  // its threads, before new ones start
  skipped_ = 0;
  epoch_ = std::make_unique<Epoch>(*this, epoch, done);
}

bool Loader::next(Batch& batch) {
  if (!epoch_) return false;
  std::vector<std::string> skipped;
  try {
    if (epoch_->next(batch, skipped)) {
      count_skipped(skipped);
      return true;
    }
  } catch (...) {
    epoch_.reset();
    throw;
  }
  epoch_.reset();
  return false;
}

void Loader::count_skipped(const std::vector<std::string>& reasons) {
  for (const std::string& reason : reasons) log::warn("skipped: {}", reason);
  skipped_ += reasons.size();
  if (skipped_ * 100 > samples())
    throw FormatError({.what = fmt::format("{} of {} samples of an epoch are damaged, the last: {}",
                                           skipped_, samples(), reasons.back()),
                       .where = {},
                       .fix = "mend or remove them; up to 1 % would have been left out"});
}

}  // namespace nnstretch::data
