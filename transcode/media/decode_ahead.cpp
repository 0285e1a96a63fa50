#include "transcode/media/decode_ahead.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <thread>

namespace transcode {

namespace {

// Enough that neither side waits for the other's slow pictures; little beside what the decoder holds itself.
constexpr std::size_t frames_ahead = 4;

class FrameQueue {
 public:
  // False: nobody takes any more.
  bool push(FramePtr frame) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || frames_.size() < frames_ahead; });
    if (closed_) return false;
    frames_.push_back(std::move(frame));
    changed_.notify_all();
    return true;
  }

  // Null: there is none left, and there will be none.
  FramePtr pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !frames_.empty(); });
    if (frames_.empty()) return nullptr;
    FramePtr frame = std::move(frames_.front());
    frames_.pop_front();
    changed_.notify_all();
    return frame;
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FramePtr> frames_;
  bool closed_ = false;
};

base::Result<> decode_all(Decoder& decoder, const std::vector<Picture>& pictures, FrameQueue& queue) {
  const auto hand_over = [&](AVFrame& frame) -> base::Result<> {
    auto kept = new_frame();
    av_frame_move_ref(kept.get(), &frame);
    if (queue.push(std::move(kept))) return {};
    return base::fail(base::Errc::refused, "No more pictures are wanted.");  // seen by nobody: the taker's error is
  };
  for (const Picture& picture : pictures)
    if (auto decoded = decoder.decode(picture, hand_over); !decoded) return decoded;
  return decoder.finish(hand_over);
}

}  // namespace

base::Result<> decode_ahead(Decoder& decoder, const std::vector<Picture>& pictures, const TakeFrame& take) {
  FrameQueue queue;
  base::Result<> decoded;
  std::jthread thread([&] {
    try {
      decoded = decode_all(decoder, pictures, queue);
    } catch (const std::bad_alloc&) {
      decoded = base::fail(base::Errc::exhausted, "The worker ran out of memory.");
    }
    queue.close();
  });
  struct Close {  // before the thread is waited for, whatever ends this
    FrameQueue& queue;
    ~Close() { queue.close(); }
  };
  {
    const Close close(queue);
    while (const FramePtr frame = queue.pop())
      if (auto taken = take(*frame); !taken) return taken;
  }
  thread.join();
  return decoded;
}

}  // namespace transcode
