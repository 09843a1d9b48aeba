// A bounded queue between two threads: the only way frames travel between stages.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>

namespace clipmill {

/// Thread-safe for any number of producers and consumers.
template <typename T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  /// Blocks while full. Returns false, dropping `value`, once the channel is closed or failed.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    writable_.wait(lock, [&] { return items_.size() < capacity_ || closed_; });
    if (closed_) return false;
    items_.push_back(std::move(value));
    readable_.notify_one();
    return true;
  }

  /// Blocks while empty. Empty after close() once all items were taken; rethrows what fail() was given.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    readable_.wait(lock, [&] { return !items_.empty() || closed_; });
    if (error_) std::rethrow_exception(error_);
    if (items_.empty()) return std::nullopt;
    T value = std::move(items_.front());
    items_.pop_front();
    writable_.notify_one();
    return value;
  }

  /// No more items: consumers drain what is left, producers are turned away.
  void close() { end(nullptr); }

  /// Both sides stop: consumers get `error`, producers are turned away.
  void fail(std::exception_ptr error) { end(std::move(error)); }

 private:
  void end(std::exception_ptr error) {
    std::lock_guard lock(mutex_);
    closed_ = true;
    if (error && !error_) error_ = std::move(error);
    readable_.notify_all();
    writable_.notify_all();
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable readable_, writable_;
  std::deque<T> items_;
  bool closed_ = false;
  std::exception_ptr error_;
};

}  // namespace clipmill
